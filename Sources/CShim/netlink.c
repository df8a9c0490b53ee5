#include "apus_netlink.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int open_socket(int protocol) {
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol), on = 1;
  if (fd >= 0) {
    setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
  }
  return fd;
}

int apus_netlink_socket(int network_namespace, int protocol) {
  if (network_namespace < 0) return open_socket(protocol);
  int own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), fd = -1;
  if (own < 0) return -1;
  if (setns(network_namespace, CLONE_NEWNET) == 0) {
    fd = open_socket(protocol);
    int error = errno;
    // A thread that stayed in the container's network would do the host's work there.
    if (setns(own, CLONE_NEWNET) < 0) abort();
    errno = error;
  }
  int error = errno;
  close(own);
  errno = error;
  return fd;
}

int apus_netlink_join(int socket, uint32_t group) {
  // One without a port of its own would count as the sender of what the kernel tells of itself, and not hear it.
  struct sockaddr_nl own = {.nl_family = AF_NETLINK};
  if (bind(socket, (struct sockaddr *)&own, sizeof own) < 0) return -1;
  return setsockopt(socket, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group);
}

ssize_t apus_netlink_receive(int socket, void *buffer, size_t size, int flags) {
  for (;;) {
    struct sockaddr_nl from = {0};
    struct iovec room = {buffer, size};
    struct msghdr message = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &room, .msg_iovlen = 1};
    ssize_t length = recvmsg(socket, &message, flags | MSG_TRUNC);
    if (length < 0 || from.nl_pid == 0) return length;
  }
}
