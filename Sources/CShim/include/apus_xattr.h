// Extended attributes by descriptor (xattr(7)): Swift's Glibc module does not have <sys/xattr.h>.
#pragma once
#include <sys/types.h>

int apus_fsetxattr(int fd, const char *name, const void *value, size_t size);
ssize_t apus_fgetxattr(int fd, const char *name, void *value, size_t size);
/// The names, each with its NUL, in one run.
ssize_t apus_flistxattr(int fd, char *names, size_t size);
