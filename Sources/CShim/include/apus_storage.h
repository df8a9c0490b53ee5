// For the image store: what Swift's Glibc module leaves out of <sys/xattr.h> and <unistd.h>.
#pragma once
#include <sys/types.h>

// Extended attributes by descriptor (xattr(7))
int apus_fsetxattr(int fd, const char *name, const void *value, size_t size);
ssize_t apus_fgetxattr(int fd, const char *name, void *value, size_t size);
/// The names, each with its NUL, in one run.
ssize_t apus_flistxattr(int fd, char *names, size_t size);

int apus_syncfs(int fd);

// The same of whatever a path leads to; through /proc/self/fd also of links, pipes and devices.
int apus_setxattr(const char *path, const char *name, const void *value, size_t size);
ssize_t apus_getxattr(const char *path, const char *name, void *value, size_t size);
ssize_t apus_listxattr(const char *path, char *names, size_t size);
/// Of the name itself, also where it is a link.
int apus_lremovexattr(const char *path, const char *name);

/// Lets a new file share the blocks of another one, where the file system can (ioctl_ficlone(2)).
int apus_clone_file(int target, int source);
