// For the image store: what Swift's Glibc module leaves out of <sys/xattr.h> and <unistd.h>.
#pragma once
#include <sys/types.h>

// Extended attributes by descriptor (xattr(7))
int apus_fsetxattr(int fd, const char *name, const void *value, size_t size);
ssize_t apus_fgetxattr(int fd, const char *name, void *value, size_t size);
/// The names, each with its NUL, in one run.
ssize_t apus_flistxattr(int fd, char *names, size_t size);

int apus_syncfs(int fd);
