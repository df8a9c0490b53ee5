#include "apus_netlink.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int open_socket(void) {
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), on = 1;
  if (fd >= 0) {
    setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
  }
  return fd;
}

int apus_route_socket(int network_namespace) {
  if (network_namespace < 0) return open_socket();
  int own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), fd = -1;
  if (own < 0) return -1;
  if (setns(network_namespace, CLONE_NEWNET) == 0) {
    fd = open_socket();
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
