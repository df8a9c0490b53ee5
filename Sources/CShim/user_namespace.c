// A user namespace for id-mapped mounts: a child is born in it, its maps are written, its file is opened, and the child ends.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "apus_shim.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int write_map(pid_t pid, const char *file, const char *text) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
  int fd = open(path, O_WRONLY | O_CLOEXEC), error = 0;
  if (fd < 0) return errno;
  if (write(fd, text, strlen(text)) < 0) error = errno;
  close(fd);
  return error;
}

int apus_make_user_namespace(const char *uid_map, const char *gid_map) {
  struct clone_args arguments = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
  int ends[2], fd = -1, error;
  char byte;
  if (pipe2(ends, O_CLOEXEC) < 0) return -1;
  pid_t pid = syscall(SYS_clone3, &arguments, sizeof arguments);
  error = pid < 0 ? errno : 0;
  if (pid == 0) { // only system calls: other threads may hold locks
    close(ends[1]);
    while (read(ends[0], &byte, 1) < 0 && errno == EINTR) {}
    _exit(0);
  }
  close(ends[0]);
  if (!error) error = write_map(pid, "uid_map", uid_map);
  if (!error) error = write_map(pid, "gid_map", gid_map);
  if (!error) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/ns/user", pid);
    if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0) error = errno;
  }
  close(ends[1]);
  if (pid > 0) while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
  errno = error;
  return fd;
}
