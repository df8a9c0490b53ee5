// The monitor's loop: output of the container goes to the log and to every client, input of the clients to the container.
//
// Clients are SOCK_SEQPACKET connections, each frame a kind byte and its data (apus_launch_plan.h). Output that a client has not taken yet stays
// in the stream's one frame, and the stream is not read until all have it, so a slow client slows the container as a slow terminal would.
// When the container has ended, a slow client holds up nobody any more: the little that its pipes still hold is logged and kept for the
// clients, and all records are written before they have it.
#include "apus_shim.h"
#include "monitor.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { pipe_max = 1 << 20 }; // what a pipe holds at most without CAP_SYS_RESOURCE

/// Stdout and stderr; with a terminal only the first.
static struct stream { int fd; size_t done, length; char rest[pipe_max]; } streams[2];

static char input[APUS_FRAME_MAX];
static size_t input_length, input_done;
static bool input_ends; // close the container's stdin once what is buffered is written

/// Reads once. False when there is nothing to read now or ever.
static bool read_stream(int index) {
  struct stream *stream = &streams[index];
  struct outgoing *out = &outgoing[index];
  ssize_t length = read(stream->fd, out->frame + 1, sizeof out->frame - 1);
  if (length < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (length <= 0) { stream->fd = -1; return false; } // end of file, or EIO: the last slave of a terminal is closed
  log_write(out->frame[0], out->frame + 1, (size_t)length);
  clients_offer(out, (size_t)length + 1, ~quiet);
  return true;
}

/// Keeps what the pipe still holds. It is all of it, unless a program of `exec` left others behind, who may go on writing.
static void take_rest(int index) {
  struct stream *stream = &streams[index];
  while (stream->fd >= 0 && stream->length < pipe_max) {
    ssize_t length = read(stream->fd, stream->rest + stream->length, pipe_max - stream->length);
    if (length < 0 && errno == EINTR) continue;
    if (length <= 0) break;
    log_write(outgoing[index].frame[0], stream->rest + stream->length, (size_t)length);
    stream->length += (size_t)length;
  }
  stream->fd = -1;
}

/// Gives the clients the next piece of what was kept; false when nothing is left or the last piece is still on its way.
static bool offer_rest(int index) {
  struct stream *stream = &streams[index];
  struct outgoing *out = &outgoing[index];
  size_t length = stream->length - stream->done, room = sizeof out->frame - 1;
  if (out->pending || length == 0) return false;
  if (length > room) length = room;
  memcpy(out->frame + 1, stream->rest + stream->done, length);
  stream->done += length;
  clients_offer(out, length + 1, ~quiet);
  return true;
}

static void close_input(struct container *container) {
  if (container->stdio[0] >= 0 && !(plan->flags & APUS_PLAN_TERMINAL)) { close(container->stdio[0]); container->stdio[0] = -1; }
  input_length = input_done = 0;
}

static void write_input(struct container *container) {
  ssize_t length = write(container->stdio[0], input + input_done, input_length - input_done);
  if (length < 0 && errno != EAGAIN && errno != EINTR) { close_input(container); return; } // nobody reads any more
  if (length > 0) input_done += (size_t)length;
  if (input_done == input_length) { input_length = input_done = 0; if (input_ends) close_input(container); }
}

/// A terminal has no end: who leaves it may come back, and others may be in front of it.
static void end_input(struct container *container) {
  if (!(plan->flags & APUS_PLAN_STDIN_ONCE) || plan->flags & APUS_PLAN_TERMINAL) return;
  input_ends = true;
  if (input_length == 0) close_input(container);
}

/// The last reader of a program without a log is gone for good: the program finds its pipe broken, as it would without us in between.
static void end_output(struct container *container, int index) {
  for (int i = 0; i < max_clients; i++) if (i != index && clients[i] >= 0) return;
  if (plan->log_slot >= 0) return;
  for (int i = 0; i < 2; i++) {
    if (streams[i].fd >= 0) close(streams[i].fd);
    streams[i].fd = -1;
  }
  if (plan->flags & APUS_PLAN_TERMINAL) container->stdio[0] = -1; // the same descriptor
}

/// Takes one frame; false when there is none.
static bool hear_client(struct container *container, int index) {
  static char frame[APUS_FRAME_MAX];
  ssize_t length = recv(clients[index], frame, sizeof frame, MSG_DONTWAIT);
  if (length < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNRESET)) return false; // ECONNRESET comes once, before what was sent
  if (length <= 0) { clients_drop(index); if (index == 0) end_input(container); return false; }
  uint16_t size[2];
  switch (frame[0]) {
    case 'i':
      if (length == 1 || container->stdio[0] < 0 || input_ends) break;
      memcpy(input, frame + 1, (size_t)length - 1);
      input_length = (size_t)length - 1;
      write_input(container);
      break;
    case 'e': end_input(container); break;
    case 'q': clients_hush(index); break;
    case 'u': end_output(container, index); break;
    case 'w':
      if (length != 5 || !(plan->flags & APUS_PLAN_TERMINAL) || container->stdio[0] < 0) break;
      memcpy(size, frame + 1, sizeof size);
      apus_set_window_size(container->stdio[0], size[0], size[1]);
      break;
  }
  return true;
}

static bool take_exit(struct container *container) {
  siginfo_t info = {0};
  // WNOWAIT: the pid must stay ours until all records are written, or a signal could reach a stranger. Without records nobody knows it,
  // and a program of `exec` that is not reaped would hold up the end of its container.
  int options = WEXITED | WNOHANG | __WALL | (plan->run_slot < 0 ? 0 : WNOWAIT);
  if (waitid(P_PID, (id_t)container->pid, &info, options) < 0 || info.si_pid == 0) return false;
  container->code = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
  return true;
}

/// What to wait for at a client: its hang-up is seen only when something is wanted of it, so that none is heard while input is stuck.
static struct pollfd client_poll(int index, bool hears) {
  uint32_t pending = outgoing[0].pending | outgoing[1].pending | outgoing[2].pending;
  short events = (hears ? POLLIN : 0) | (pending >> index & 1 ? POLLOUT : 0);
  return (struct pollfd){.fd = events ? clients[index] : -1, .events = events};
}

void serve(struct container *container, int client) {
  for (int i = 0; i < 2; i++) streams[i].fd = plan->flags & APUS_PLAN_TERMINAL && i > 0 ? -1 : container->stdio[i + 1];
  outgoing[0].frame[0] = 'o';
  outgoing[1].frame[0] = 'r';
  write_state(container);
  clients_open(client, container->pid);
  for (bool ended = false; !ended;) {
    struct pollfd set[max_clients + 5];
    for (int i = 0; i < 2; i++) set[i] = (struct pollfd){.fd = outgoing[i].pending ? -1 : streams[i].fd, .events = POLLIN};
    set[2] = (struct pollfd){.fd = container->pidfd, .events = POLLIN};
    set[3] = (struct pollfd){.fd = listener, .events = POLLIN};
    set[4] = (struct pollfd){.fd = input_length ? container->stdio[0] : -1, .events = POLLOUT};
    for (int i = 0; i < max_clients; i++) set[5 + i] = client_poll(i, !input_length);
    if (poll(set, max_clients + 5, -1) < 0) continue;
    for (int i = 0; i < 2; i++) {
      if (set[i].revents) read_stream(i);
      else if (outgoing[i].pending) clients_flush(&outgoing[i]);
    }
    if (set[3].revents) clients_accept();
    if (set[4].revents) write_input(container);
    for (int i = 0; i < max_clients; i++)
      if (clients[i] >= 0 && !input_length && set[5 + i].revents & (POLLIN | POLLHUP | POLLERR)) hear_client(container, i);
    if (set[2].revents) ended = take_exit(container);
  }
  for (int i = 0; i < 2; i++) take_rest(i);
  // Those who came to wait for the end are known by a frame that may still be on its way; what is for stdin comes too late.
  close_input(container);
  input_ends = true;
  for (int i = 0; i < max_clients; i++) for (int frame = 0; frame < 64 && clients[i] >= 0 && hear_client(container, i); frame++) {}
}

/// A second process of ours, beside the first: where the container's pid namespace was joined, a child would be born into it and die with it.
static pid_t fork_beside(void) {
  int self = apus_pidfd_open(getpid(), 0);
  setns(self, CLONE_NEWPID);
  close(self);
  return fork();
}

void serve_end(const struct container *container) {
  struct apus_ended ended = {.kind = 'x', .out_of_memory = container->out_of_memory, .code = container->code};
  memcpy(outgoing[2].frame, &ended, sizeof ended);
  if (listener >= 0) close(listener);
  clients_offer(&outgoing[2], sizeof ended, quiet);
  for (bool told = false, alone = false;;) {
    for (int i = 0; i < 2; i++) while (offer_rest(i)) {}
    if (!told && !outgoing[0].pending && !outgoing[1].pending) { told = true; clients_offer(&outgoing[2], sizeof ended, ~quiet); }
    if (told && !outgoing[2].pending) return;
    // The end of the monitor is the end of the run: who is slow is served by another process.
    if (!alone && fork_beside() > 0) return;
    alone = true;
    struct pollfd set[max_clients];
    for (int i = 0; i < max_clients; i++) set[i] = client_poll(i, false);
    poll(set, max_clients, -1);
    for (int i = 0; i < 3; i++) clients_flush(&outgoing[i]);
  }
}
