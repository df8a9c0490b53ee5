#include "apus_shim.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { max_inherited = 32 };

/// Puts the descriptors in place: first all of them out of the way, above the target range, so that none overwrites another.
static int place(const int *descriptors, int count, int program) {
  int moved[max_inherited];
  for (int i = 0; i < count; i++)
    if ((moved[i] = descriptors[i] < 0 ? -1 : fcntl(descriptors[i], F_DUPFD_CLOEXEC, max_inherited)) < 0 && descriptors[i] >= 0) return -1;
  program = fcntl(program, F_DUPFD_CLOEXEC, max_inherited);
  if (program < 0) return -1;
  if (syscall(SYS_close_range, count, ~0U, CLOSE_RANGE_CLOEXEC) < 0) return -1;
  for (int i = 0; i < count; i++)
    if (moved[i] < 0) close(i);
    else if (dup2(moved[i], i) < 0) return -1;
  return program;
}

pid_t apus_spawn(int program, char *const arguments[], char *const environment[], const int *descriptors, size_t count, int new_session) {
  if (count > max_inherited) { errno = E2BIG; return -1; }
  sigset_t all, before;
  sigfillset(&all);
  // No handler of the parent may run in the child while both share the memory.
  sigprocmask(SIG_SETMASK, &all, &before);
  volatile int failure = 0;
  pid_t child = vfork();
  if (child == 0) {
    // The bare call: the C library's own keeps the two signals that it uses itself, and what is ignored would be inherited.
    const unsigned long action[4] = {0}; // SIG_DFL in the kernel's struct sigaction
    for (int signal = 1; signal < 65; signal++) syscall(SYS_rt_sigaction, signal, action, NULL, 8);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (new_session) setsid();
    int moved = place(descriptors, (int)count, program);
    if (moved >= 0) syscall(SYS_execveat, moved, "", arguments, environment, AT_EMPTY_PATH);
    failure = errno;
    _exit(127);
  }
  int error = errno;
  sigprocmask(SIG_SETMASK, &before, NULL);
  if (child < 0) { errno = error; return -1; }
  if (failure != 0) { waitpid(child, NULL, 0); errno = failure; return -1; }
  return child;
}
