#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "apus_storage.h"
#include <sys/xattr.h>
#include <unistd.h>

int apus_fsetxattr(int fd, const char *name, const void *value, size_t size) { return fsetxattr(fd, name, value, size, 0); }
ssize_t apus_fgetxattr(int fd, const char *name, void *value, size_t size) { return fgetxattr(fd, name, value, size); }
ssize_t apus_flistxattr(int fd, char *names, size_t size) { return flistxattr(fd, names, size); }
int apus_syncfs(int fd) { return syncfs(fd); }
