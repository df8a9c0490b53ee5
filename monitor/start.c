// Makes the pipes, clones the container process, and follows its messages until it runs the program or fails.
#include "apus_shim.h"
#include "monitor.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int ours = -1; // our end of the channel

static int make_pipes(struct container *container) {
  if (plan->flags & (APUS_PLAN_TERMINAL | APUS_PLAN_RUNTIME)) return 0;
  for (int i = 0; i < 3; i++) {
    int ends[2];
    if (i == 0 && !(plan->flags & APUS_PLAN_OPEN_STDIN)) continue;
    if (pipe2(ends, O_CLOEXEC) < 0) return errno;
    wiring.stdio[i] = ends[i == 0 ? 0 : 1];
    container->stdio[i] = ends[i == 0 ? 1 : 0];
    fcntl(container->stdio[i], F_SETFL, O_NONBLOCK);
  }
  return 0;
}

static pid_t clone_container(uint64_t extra_flags, int *pidfd) {
  struct clone_args arguments = {.flags = plan->clone_flags | extra_flags, .exit_signal = extra_flags & CLONE_PARENT ? 0 : SIGCHLD};
  if (pidfd) { arguments.flags |= CLONE_PIDFD; arguments.pidfd = (uint64_t)(uintptr_t)pidfd; }
  if (plan->cgroup_slot >= 0) { arguments.flags |= CLONE_INTO_CGROUP; arguments.cgroup = slots[plan->cgroup_slot]; }
  return syscall(SYS_clone3, &arguments, sizeof arguments);
}

/// The process between us and the container: it joins what must be joined before the clone, and the container becomes our child.
static void intermediate_main(void) {
  uint32_t failed = UINT32_MAX;
  int error = run_section(APUS_OUTER, &failed);
  if (!error) {
    failed = UINT32_MAX;
    pid_t pid = clone_container(CLONE_PARENT, NULL);
    if (pid == 0) child_main();
    if (pid > 0) {
      struct apus_child_message message = {.kind = APUS_CHILD_PID, .pid = pid};
      apus_send_message(wiring.channel, &message, sizeof message, NULL, 0);
      _exit(0);
    }
    error = errno;
  }
  child_send(APUS_CHILD_FAILED, failed, error, -1);
  _exit(127);
}

static int launch(struct container *container) {
  uint64_t parent = plan->flags & APUS_PLAN_RUNTIME ? CLONE_PARENT : 0;
  if (plan->flags & APUS_PLAN_INTERMEDIATE) {
    struct clone_args arguments = {.flags = parent, .exit_signal = parent ? 0 : SIGCHLD};
    pid_t pid = syscall(SYS_clone3, &arguments, sizeof arguments);
    if (pid < 0) return errno;
    if (pid == 0) intermediate_main();
    container->pid = 0;
    return 0;
  }
  container->pid = clone_container(parent, &container->pidfd);
  if (container->pid < 0) return errno;
  if (container->pid == 0) child_main();
  return 0;
}

static int write_map(pid_t pid, const char *file, const char *text) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
  int fd = open(path, O_WRONLY | O_CLOEXEC), error = 0;
  if (fd < 0) return errno;
  if (write(fd, text, strlen(text)) < 0) error = errno;
  close(fd);
  return error;
}

static int map_ids(const struct container *container) {
  int error = plan->uid_map ? write_map(container->pid, "uid_map", plan_text(plan->uid_map)) : 0;
  if (!error && plan->gid_map) error = write_map(container->pid, "gid_map", plan_text(plan->gid_map));
  if (!error && send(ours, "m", 1, MSG_NOSIGNAL) < 0) error = errno;
  return error;
}

/// The child waits: so do we, until the first client has done what is to be done now.
static int pass_sync(const struct container *container, uint32_t point) {
  struct apus_sync sync = {.kind = 'y', .point = point, .pid = container->pid};
  char answer = 0;
  if (send(control, &sync, sizeof sync, MSG_NOSIGNAL) < 0) return errno;
  ssize_t length;
  while ((length = recv(control, &answer, 1, 0)) < 0 && errno == EINTR) {}
  if (length != 1 || answer != 'g') return ECANCELED;
  return send(ours, "g", 1, MSG_NOSIGNAL) < 0 ? errno : 0;
}

static int pass_console(int descriptor) {
  int error = apus_send_message(control, "c", 1, &descriptor, 1) < 0 ? errno : 0;
  close(descriptor);
  return error;
}

/// Hands the filter's listener to the client, who passes it to the agent; the child waits for that.
static int pass_listener(const struct container *container, int number) {
  int listener = syscall(SYS_pidfd_getfd, container->pidfd, number, 0), error = 0;
  if (listener < 0) return errno;
  struct apus_listener frame = {.kind = 'l', .pid = container->pid};
  char answer = 0;
  if (apus_send_message(control, &frame, sizeof frame, &listener, 1) < 0) error = errno;
  close(listener);
  // Nobody who can pass it on: the container must not run without.
  if (!error && (recv(control, &answer, 1, 0) != 1 || answer != 'l')) error = ECANCELED;
  if (!error && send(ours, "l", 1, MSG_NOSIGNAL) < 0) error = errno;
  return error;
}

/// Follows the child's messages; 0 once its end of the channel is closed by the exec.
static int follow(struct container *container, uint32_t *failed) {
  bool has_console = false;
  for (;;) {
    struct apus_child_message message;
    int descriptor = -1, error = 0;
    size_t received;
    ssize_t length = apus_receive_message(ours, &message, sizeof message, &descriptor, 1, &received);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return errno;
    if (length == 0) return container->pid > 0 ? 0 : ECHILD;
    bool expected = length == sizeof message && (message.kind == APUS_CHILD_CONSOLE) == (descriptor >= 0);
    if (message.kind == APUS_CHILD_PID && container->pid > 0) expected = false;
    // A second terminal, or one beside the pipes, would leave an end open that nobody knows of.
    if (message.kind == APUS_CHILD_CONSOLE && (!(plan->flags & APUS_PLAN_TERMINAL) || has_console)) expected = false;
    if (!expected) { if (descriptor >= 0) close(descriptor); return EPROTO; }
    switch (message.kind) {
      case APUS_CHILD_FAILED: *failed = message.step; return message.error ? message.error : EINVAL;
      case APUS_CHILD_PID:
        // The intermediate, the only other child.
        while (waitpid(-1, NULL, 0) < 0 && errno == EINTR) {}
        container->pid = message.pid;
        if ((container->pidfd = apus_pidfd_open(message.pid, 0)) < 0) return errno;
        break;
      case APUS_CHILD_MAP_IDS: if ((error = map_ids(container))) return error; break;
      case APUS_CHILD_SYNC: if ((error = pass_sync(container, message.step))) return error; break;
      case APUS_CHILD_LISTENER:
        *failed = message.step;
        if ((error = pass_listener(container, message.error))) return error;
        *failed = UINT32_MAX;
        break;
      case APUS_CHILD_CONSOLE:
        has_console = true;
        if (plan->flags & APUS_PLAN_RUNTIME) { if ((error = pass_console(descriptor))) return error; break; }
        container->stdio[0] = container->stdio[1] = descriptor;
        fcntl(descriptor, F_SETFL, O_NONBLOCK);
        break;
    }
  }
}

bool start_container(struct container *container, uint32_t *failed, int *error) {
  int ends[2];
  *failed = UINT32_MAX; // the clone itself, or what comes before it
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) { *error = errno; return false; }
  ours = ends[0];
  wiring.channel = ends[1];
  if (!(*error = make_pipes(container))) {
    bool direct = !(plan->flags & APUS_PLAN_INTERMEDIATE);
    // Joining a pid namespace or unsharing time only touches our next child: no process in between is needed.
    if (direct) *error = run_section(APUS_OUTER, failed);
    if (!*error) { *failed = UINT32_MAX; *error = launch(container); }
  }
  close(wiring.channel);
  for (int i = 0; i < 3; i++) if (wiring.stdio[i] >= 0) close(wiring.stdio[i]);
  if (!*error) *error = follow(container, failed);
  close(ours);
  if (*error && container->pid > 0) {
    kill(container->pid, SIGKILL);
    while (waitpid(container->pid, NULL, __WALL) < 0 && errno == EINTR) {}
  }
  // What the plan still holds open would keep mounts and namespaces alive.
  for (uint32_t i = plan->kept_slots; i < plan->slot_count; i++) close(slots[i]);
  return *error == 0;
}
