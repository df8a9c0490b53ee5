// The monitor's loop: output of the container goes to the log and to every client, input of the clients to the container.
//
// Clients are SOCK_SEQPACKET connections, each frame a kind byte and its data (apus_launch_plan.h). Nothing here blocks: output that a client
// has not taken yet stays in the stream's one buffer, and the stream is not read until all have it, so a slow client slows the container
// as a slow terminal would. A client that is gone is dropped.
#include "apus_shim.h"
#include "monitor.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { max_clients = 16 };
struct stream { int fd; size_t length; uint32_t pending; char frame[APUS_FRAME_MAX]; };

static struct stream streams[2] = {{.fd = -1}, {.fd = -1}};
static int clients[max_clients];
static uint32_t quiet; // clients that only wait for the end
static int listener = -1;
static char input[APUS_FRAME_MAX];
static size_t input_length, input_done;
static bool input_ends; // close the container's stdin once what is buffered is written

static void drop(int index) {
  close(clients[index]);
  clients[index] = -1;
  quiet &= ~(1u << index);
  for (int i = 0; i < 2; i++) streams[i].pending &= ~(1u << index);
}

static void add_client(int fd) {
  for (int i = 0; i < max_clients; i++) if (clients[i] < 0) { clients[i] = fd; return; }
  close(fd);
}

static void flush_stream(struct stream *stream) {
  for (int i = 0; i < max_clients; i++) {
    if (!(stream->pending >> i & 1)) continue;
    if (send(clients[i], stream->frame, stream->length, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) stream->pending &= ~(1u << i);
    else if (errno != EAGAIN && errno != EINTR) drop(i);
  }
}

void clients_tell(const void *frame, size_t length) {
  for (int i = 0; i < max_clients; i++) if (clients[i] >= 0 && send(clients[i], frame, length, MSG_NOSIGNAL) < 0) drop(i);
}

/// Reads once. False when there is nothing to read now or ever.
static bool read_stream(struct stream *stream) {
  ssize_t length = read(stream->fd, stream->frame + 1, sizeof stream->frame - 1);
  if (length < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (length <= 0) { stream->fd = -1; return false; } // end of file, or EIO: the last slave of a terminal is closed
  stream->length = (size_t)length + 1;
  log_write(stream->frame[0], stream->frame + 1, (size_t)length);
  for (int i = 0; i < max_clients; i++) if (clients[i] >= 0 && !(quiet >> i & 1)) stream->pending |= 1u << i;
  flush_stream(stream);
  return true;
}

static void listen_for_clients(void) {
  if (plan->run_slot < 0) return;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/attach", slots[plan->run_slot]);
  listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener >= 0 && (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 8) < 0)) { close(listener); listener = -1; }
}

static void close_input(struct container *container) {
  if (container->stdio[0] >= 0 && !(plan->flags & APUS_PLAN_TERMINAL)) { close(container->stdio[0]); container->stdio[0] = -1; }
  input_length = input_done = 0;
}

static void write_input(struct container *container) {
  ssize_t length = container->stdio[0] < 0 ? -1 : write(container->stdio[0], input + input_done, input_length - input_done);
  if (length > 0) input_done += (size_t)length;
  else if (container->stdio[0] < 0 || (errno != EAGAIN && errno != EINTR)) { close_input(container); return; }
  if (input_done == input_length) { input_length = input_done = 0; if (input_ends) close_input(container); }
}

static void end_input(struct container *container) {
  if (!(plan->flags & APUS_PLAN_STDIN_ONCE)) return;
  input_ends = true;
  if (input_length == 0) close_input(container);
}

static void hear_client(struct container *container, int index) {
  static char frame[APUS_FRAME_MAX];
  ssize_t length = recv(clients[index], frame, sizeof frame, MSG_DONTWAIT);
  if (length < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (length <= 0) { drop(index); if (index == 0) end_input(container); return; }
  if (frame[0] == 'i' && container->stdio[0] >= 0 && !input_ends) {
    memcpy(input, frame + 1, (size_t)length - 1);
    input_length = (size_t)length - 1;
    write_input(container);
  } else if (frame[0] == 'q') {
    quiet |= 1u << index;
    for (int i = 0; i < 2; i++) streams[i].pending &= ~(1u << index);
  } else if (frame[0] == 'e') end_input(container);
  else if (frame[0] == 'w' && length == 5 && plan->flags & APUS_PLAN_TERMINAL) {
    uint16_t size[2];
    memcpy(size, frame + 1, sizeof size);
    apus_set_window_size(container->stdio[0], size[0], size[1]);
  }
}

static bool take_exit(struct container *container) {
  siginfo_t info = {0};
  // WNOWAIT: the pid must stay ours until all records are written, or a signal could reach a stranger.
  if (waitid(P_PID, (id_t)container->pid, &info, WEXITED | WNOWAIT | WNOHANG | __WALL) < 0 || info.si_pid == 0) return false;
  container->code = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
  return true;
}

void serve(struct container *container, int client) {
  for (int i = 0; i < max_clients; i++) clients[i] = -1;
  clients[0] = client;
  listen_for_clients();
  streams[0] = (struct stream){.fd = container->stdio[1]};
  streams[1] = (struct stream){.fd = plan->flags & APUS_PLAN_TERMINAL ? -1 : container->stdio[2]};
  streams[0].frame[0] = 'o';
  streams[1].frame[0] = 'r';
  write_state(container);
  struct apus_started started = {.kind = 's', .pid = container->pid};
  clients_tell(&started, sizeof started);
  for (bool ended = false;;) {
    struct pollfd set[max_clients + 5];
    for (int i = 0; i < 2; i++) set[i] = (struct pollfd){.fd = streams[i].pending ? -1 : streams[i].fd, .events = POLLIN};
    set[2] = (struct pollfd){.fd = ended ? -1 : container->pidfd, .events = POLLIN};
    set[3] = (struct pollfd){.fd = listener, .events = POLLIN};
    set[4] = (struct pollfd){.fd = input_length ? container->stdio[0] : -1, .events = POLLOUT};
    uint32_t pending = streams[0].pending | streams[1].pending;
    for (int i = 0; i < max_clients; i++)
      set[5 + i] = (struct pollfd){.fd = clients[i], .events = (input_length ? 0 : POLLIN) | (pending >> i & 1 ? POLLOUT : 0)};
    int ready = poll(set, max_clients + 5, ended && !pending ? 0 : -1);
    if (ready < 0 && errno != EINTR) return;
    if (ready <= 0) { if (ended && !pending && ready == 0) return; continue; }
    bool moved = false;
    for (int i = 0; i < 2; i++) {
      if (set[i].revents) moved |= read_stream(&streams[i]);
      if (streams[i].pending) flush_stream(&streams[i]);
    }
    if (ended && !moved && !streams[0].pending && !streams[1].pending) return;
    if (set[3].revents) { int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC); if (fd >= 0) add_client(fd); }
    if (set[4].revents && input_length) write_input(container);
    for (int i = 0; i < max_clients; i++) if (clients[i] >= 0 && set[5 + i].revents & (POLLIN | POLLHUP | POLLERR)) hear_client(container, i);
    if (set[2].revents) ended = take_exit(container);
  }
}
