#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "apus_storage.h"
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>
#include <unistd.h>

int apus_fsetxattr(int fd, const char *name, const void *value, size_t size) { return fsetxattr(fd, name, value, size, 0); }
ssize_t apus_fgetxattr(int fd, const char *name, void *value, size_t size) { return fgetxattr(fd, name, value, size); }
ssize_t apus_flistxattr(int fd, char *names, size_t size) { return flistxattr(fd, names, size); }
int apus_syncfs(int fd) { return syncfs(fd); }

int apus_setxattr(const char *path, const char *name, const void *value, size_t size) { return setxattr(path, name, value, size, 0); }
ssize_t apus_getxattr(const char *path, const char *name, void *value, size_t size) { return getxattr(path, name, value, size); }
ssize_t apus_listxattr(const char *path, char *names, size_t size) { return listxattr(path, names, size); }
int apus_lremovexattr(const char *path, const char *name) { return lremovexattr(path, name); }

int apus_clone_file(int target, int source) { return ioctl(target, FICLONE, source); }
