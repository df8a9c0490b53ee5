// How the program is scheduled, where its memory lies, and which of its system calls are let through.
#include "monitor.h"
#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ioprio_who_process = 1 };

int step_scheduler(const struct apus_step *step) {
  return syscall(SYS_sched_setattr, 0, plan_text(step->s[0]), 0) < 0 ? errno : 0;
}

int step_io_priority(const struct apus_step *step) {
  return syscall(SYS_ioprio_set, ioprio_who_process, 0, (int)step->n[0]) < 0 ? errno : 0;
}

int step_affinity(const struct apus_step *step) {
  if (step->n[0]) return syscall(SYS_sched_setaffinity, 0, (size_t)step->n[0], plan_text(step->s[0])) < 0 ? errno : 0;
  // Every processor that the cgroup has, whatever the caller is bound to. Who cannot have more stays where it is.
  static unsigned char every[1024];
  memset(every, 0xff, sizeof every);
  (void)!syscall(SYS_sched_setaffinity, 0, sizeof every, every);
  return 0;
}

int step_personality(const struct apus_step *step) { return syscall(SYS_personality, (unsigned long)step->n[0]) < 0 ? errno : 0; }

int step_memory_policy(const struct apus_step *step) {
  // The kernel reads one bit less than it is told.
  unsigned long bits = step->n[1] ? step->n[1] * 8 + 1 : 0;
  return syscall(SYS_set_mempolicy, (int)step->n[0], plan_text(step->s[0]), bits) < 0 ? errno : 0;
}

/// A hard limit can be raised only with rights in the first user namespace, so before another one is entered. The soft one stays for later.
int step_raise_limit(const struct apus_step *step) {
  struct rlimit limit;
  if (getrlimit((int)step->n[0], &limit) < 0) return errno;
  if (limit.rlim_max >= step->n[1]) return 0;
  limit.rlim_max = step->n[1];
  return setrlimit((int)step->n[0], &limit) < 0 ? errno : 0;
}

/// Tells the monitor where the filter's listener is and waits until the agent has it.
///
/// The filter is in force, so a call may wait for the agent, who has nothing yet: until the monitor has taken the descriptor (pidfd_getfd(2))
/// only write(2) is called, which no profile may have notified. A descriptor of ours could not be sent without sendmsg(2).
static int hand_over_listener(const struct apus_step *step, int listener) {
  struct apus_child_message message = {.kind = APUS_CHILD_LISTENER, .step = (uint32_t)(step - plan_step(0)), .error = listener};
  char answer;
  if (syscall(SYS_write, wiring.channel, &message, sizeof message) < 0) return errno;
  long length = syscall(SYS_read, wiring.channel, &answer, 1);
  if (length != 1) return length < 0 ? errno : EPIPE;
  syscall(SYS_close, listener);
  return 0;
}

int step_seccomp(const struct apus_step *step) {
  const struct { unsigned short length; const void *filter; } program = {.length = (unsigned short)step->n[0], .filter = plan_text(step->s[0])};
  long listener = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, (unsigned)step->n[1], &program);
  if (listener < 0) return errno;
  return step->n[1] & SECCOMP_FILTER_FLAG_NEW_LISTENER ? hand_over_listener(step, (int)listener) : 0;
}
