#include "apus_events.h"
#include <sys/epoll.h>
#include <sys/socket.h>

_Static_assert(APUS_READABLE == EPOLLIN && APUS_WRITABLE == EPOLLOUT && APUS_ERROR == EPOLLERR && APUS_HANG_UP == EPOLLHUP, "as epoll has them");
_Static_assert(APUS_EVENTS_ADD == EPOLL_CTL_ADD && APUS_EVENTS_REMOVE == EPOLL_CTL_DEL && APUS_EVENTS_CHANGE == EPOLL_CTL_MOD, "as epoll has them");

int apus_events_make(void) { return epoll_create1(EPOLL_CLOEXEC); }

int apus_events_control(int events, int operation, int descriptor, uint32_t wanted) {
  struct epoll_event event = {.events = wanted, .data.fd = descriptor};
  return epoll_ctl(events, operation, descriptor, &event);
}

int apus_events_wait(int events, int *descriptors, uint32_t *ready, int capacity, int milliseconds) {
  struct epoll_event found[32];
  int count = epoll_wait(events, found, capacity < 32 ? capacity : 32, milliseconds);
  for (int i = 0; i < count; i++) {
    descriptors[i] = found[i].data.fd;
    ready[i] = found[i].events;
  }
  return count;
}

int apus_accept(int listener) { return accept4(listener, 0, 0, SOCK_CLOEXEC | SOCK_NONBLOCK); }

int64_t apus_peer_user(int socket) {
  struct ucred peer;
  socklen_t size = sizeof peer;
  return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 ? -1 : (int64_t)peer.uid;
}
