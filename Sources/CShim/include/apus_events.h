// What a daemon's loop needs: epoll(7), and who is at the other end of a socket.
#pragma once
#include <stdint.h>
#include <sys/types.h>

enum { APUS_READABLE = 1, APUS_WRITABLE = 4, APUS_ERROR = 8, APUS_HANG_UP = 16 }; // EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP
enum { APUS_EVENTS_ADD = 1, APUS_EVENTS_REMOVE = 2, APUS_EVENTS_CHANGE = 3 };     // EPOLL_CTL_*

int apus_events_make(void);
int apus_events_control(int events, int operation, int descriptor, uint32_t wanted);
/// Waits for at most `capacity` (32 or less) events; how many there are.
int apus_events_wait(int events, int *descriptors, uint32_t *ready, int capacity, int milliseconds);

/// The next connection of a listening socket, non-blocking.
int apus_accept(int listener);
/// The user at the other end of a Unix socket; -1 with errno.
int64_t apus_peer_user(int socket);
