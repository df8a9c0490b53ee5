// The clients of a monitor: the CLI that started it, and those that attached. Nothing here blocks: a frame that a client has not taken yet
// is pending for it.
#include "monitor.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int clients[max_clients];
uint32_t quiet;
int listener = -1;
struct outgoing outgoing[3];
static struct apus_started greeting = {.kind = 's'};

static bool add(int fd) {
  for (int i = 0; i < max_clients; i++) if (clients[i] < 0) { clients[i] = fd; return true; }
  return false;
}

void clients_open(int first, pid_t pid) {
  for (int i = 0; i < max_clients; i++) clients[i] = -1;
  add(first);
  greeting.pid = pid;
  send(first, &greeting, sizeof greeting, MSG_NOSIGNAL);
  if (plan->run_slot < 0) return;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/attach", slots[plan->run_slot]);
  listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener >= 0 && (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 8) < 0)) { close(listener); listener = -1; }
}

void clients_accept(void) {
  int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  if (fd < 0) return;
  // One who is not greeted knows that there was no room.
  if (add(fd)) send(fd, &greeting, sizeof greeting, MSG_DONTWAIT | MSG_NOSIGNAL);
  else close(fd);
}

void clients_drop(int index) {
  close(clients[index]);
  clients[index] = -1;
  quiet &= ~(1u << index);
  for (int i = 0; i < 3; i++) outgoing[i].pending &= ~(1u << index);
}

void clients_hush(int index) {
  quiet |= 1u << index;
  for (int i = 0; i < 2; i++) outgoing[i].pending &= ~(1u << index);
}

void clients_flush(struct outgoing *out) {
  for (int i = 0; i < max_clients; i++) {
    if (!(out->pending >> i & 1)) continue;
    bool sent = send(clients[i], out->frame, out->length, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
    if (!sent && (errno == EAGAIN || errno == EINTR || errno == ENOBUFS || errno == ENOMEM)) continue;
    out->pending &= ~(1u << i);
    if (!sent) clients_hush(i); // it is gone, but what it has sent before is still to be heard
  }
}

void clients_offer(struct outgoing *out, size_t length, uint32_t to) {
  out->length = length;
  for (int i = 0; i < max_clients; i++) if (clients[i] >= 0 && to >> i & 1) out->pending |= 1u << i;
  clients_flush(out);
}
