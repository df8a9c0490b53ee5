#include "apus_shim.h"
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

int apus_openat(int dirfd, const char *path, int flags, mode_t mode) { return openat(dirfd, path, flags, mode); }
int apus_openat2(int dirfd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
  struct open_how how = {.flags = flags, .mode = mode, .resolve = resolve};
  return syscall(SYS_openat2, dirfd, path, &how, sizeof how);
}
int apus_fcntl(int fd, int command, long argument) { return fcntl(fd, command, argument); }

int apus_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }
int apus_memfd_create(const char *name, unsigned flags) { return memfd_create(name, flags); }
int apus_renameat2(int olddir, const char *oldpath, int newdir, const char *newpath, unsigned flags) {
  return syscall(SYS_renameat2, olddir, oldpath, newdir, newpath, flags);
}
int apus_mknodat(int dirfd, const char *path, mode_t mode, unsigned major, unsigned minor) {
  return mknodat(dirfd, path, mode, makedev(major, minor));
}
unsigned apus_major(dev_t device) { return major(device); }
unsigned apus_minor(dev_t device) { return minor(device); }

int apus_pidfd_open(pid_t pid, unsigned flags) { return syscall(SYS_pidfd_open, pid, flags); }
int apus_pidfd_send_signal(int pidfd, int signal) { return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0); }

int apus_pidfd_getfd(int pidfd, int descriptor) { return syscall(SYS_pidfd_getfd, pidfd, descriptor, 0); }

int apus_fsopen(const char *type, unsigned flags) { return syscall(SYS_fsopen, type, flags); }
int apus_fsconfig_string(int fd, const char *key, const char *value) { return syscall(SYS_fsconfig, fd, FSCONFIG_SET_STRING, key, value, 0); }
int apus_fsconfig_flag(int fd, const char *key) { return syscall(SYS_fsconfig, fd, FSCONFIG_SET_FLAG, key, NULL, 0); }
int apus_fsconfig_create(int fd) { return syscall(SYS_fsconfig, fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0); }
int apus_fsconfig_reconfigure(int fd) { return syscall(SYS_fsconfig, fd, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0); }
int apus_fspick(int fd) { return syscall(SYS_fspick, fd, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH); }
int apus_fsmount(int fd, unsigned flags, unsigned attributes) { return syscall(SYS_fsmount, fd, flags, attributes); }
int apus_open_tree(int dirfd, const char *path, unsigned flags) { return syscall(SYS_open_tree, dirfd, path, flags); }
int apus_mount_setattr(int dirfd, const char *path, unsigned flags, uint64_t set, uint64_t clear, uint64_t propagation, int userns) {
  struct mount_attr attributes = {.attr_set = set, .attr_clr = clear, .propagation = propagation, .userns_fd = userns < 0 ? 0 : (uint64_t)userns};
  return syscall(SYS_mount_setattr, dirfd, path, flags, &attributes, sizeof attributes);
}

int apus_unshare_directory(void) { return unshare(CLONE_FS); }

int apus_unshare_mounts(void) {
  if (unshare(CLONE_NEWNS) < 0) return -1;
  return mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL);
}

int apus_get_window_size(int fd, unsigned short *rows, unsigned short *columns) {
  struct winsize size;
  int result = ioctl(fd, TIOCGWINSZ, &size);
  if (result == 0) { *rows = size.ws_row; *columns = size.ws_col; }
  return result;
}
int apus_set_window_size(int fd, unsigned short rows, unsigned short columns) {
  struct winsize size = {.ws_row = rows, .ws_col = columns};
  return ioctl(fd, TIOCSWINSZ, &size);
}

enum { max_descriptors = 253 }; // SCM_MAX_FD
ssize_t apus_send_message(int socket, const void *data, size_t length, const int *descriptors, size_t count) {
  struct iovec part = {.iov_base = (void *)data, .iov_len = length};
  union { struct cmsghdr align; char room[CMSG_SPACE(sizeof(int) * max_descriptors)]; } control;
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (count > max_descriptors) count = max_descriptors;
  if (count > 0) {
    memset(&control, 0, sizeof control);
    message.msg_control = &control;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET; header->cmsg_type = SCM_RIGHTS; header->cmsg_len = CMSG_LEN(sizeof(int) * count);
    memcpy(CMSG_DATA(header), descriptors, sizeof(int) * count);
  }
  return sendmsg(socket, &message, MSG_NOSIGNAL);
}
ssize_t apus_receive_message(int socket, void *data, size_t length, int *descriptors, size_t capacity, size_t *received) {
  struct iovec part = {.iov_base = data, .iov_len = length};
  union { struct cmsghdr align; char room[CMSG_SPACE(sizeof(int) * max_descriptors)]; } control;
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  *received = 0;
  ssize_t result = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  if (result < 0) return result;
  for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
      int descriptor;
      memcpy(&descriptor, CMSG_DATA(header) + i * sizeof(int), sizeof(int));
      if (*received < capacity) descriptors[(*received)++] = descriptor;
      else close(descriptor);
    }
  }
  return result;
}

int apus_exited(int status) { return WIFEXITED(status); }

int apus_exchange(int directory, const char *one, const char *other) {
  return (int)syscall(SYS_renameat2, directory, one, directory, other, 2); // RENAME_EXCHANGE
}

int apus_event_counter(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int apus_accept_from(int socket, struct sockaddr *address, unsigned *length) { return accept4(socket, address, length, SOCK_CLOEXEC); }
