// Hooks of an OCI runtime: programs that are run in the runtime's namespaces or in the container's, with a state on their stdin.
#include "apus_shim.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <unistd.h>

static void reset_signals(void) {
  const unsigned long action[4] = {0}; // SIG_DFL in the kernel's struct sigaction
  for (int signal = 1; signal < 65; signal++) syscall(SYS_rt_sigaction, signal, action, NULL, 8);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

/// A child is born into a pid namespace, a process does not move into one: the hook is our child, and we pass its end on.
static void stand_in(void) {
  pid_t child = fork();
  if (child < 0) return;
  if (child == 0) { prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); return; }
  syscall(SYS_close_range, 0, ~0U, 0);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  if (WIFEXITED(status)) _exit(WEXITSTATUS(status));
  kill(getpid(), WTERMSIG(status));
  _exit(128 + WTERMSIG(status));
}

static int load(const struct apus_hook_filter *filter) {
  const struct sock_fprog program = {.len = filter->count, .filter = (struct sock_filter *)filter->instructions};
  if (filter->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return errno;
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0 ? errno : 0;
}

pid_t apus_spawn_hook(const char *path, char *const arguments[], char *const environment[], const int stdio[3], const char *directory,
                      int container, int namespaces, const struct apus_hook_filter *filter, int *report) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return -1;
  pid_t child = fork();
  if (child == 0) {
    reset_signals();
    setsid();
    int moved[4], error = 0;
    const int given[4] = {stdio[0], stdio[1], stdio[2], ends[1]};
    for (int i = 0; i < 4; i++) if ((moved[i] = fcntl(given[i], F_DUPFD_CLOEXEC, 8)) < 0) error = errno;
    if (!error && container >= 0 && setns(container, namespaces) < 0) error = errno;
    if (!error && namespaces & CLONE_NEWUSER && (setgid(0) < 0 || setuid(0) < 0)) error = errno;
    // In a mount namespace of its own the directory of the host may not be there.
    if (!error && chdir(directory) < 0 && chdir("/") < 0) error = errno;
    for (int i = 0; i < 3 && !error; i++) if (dup2(moved[i], i) < 0) error = errno;
    if (!error && syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC) < 0) error = errno;
    if (!error && container >= 0 && namespaces & CLONE_NEWPID) stand_in();
    if (!error && filter->count) error = load(filter);
    if (!error) { execve(path, arguments, environment); error = errno; }
    if (write(moved[3], &error, sizeof error) < 0) _exit(126);
    _exit(127);
  }
  int number = errno;
  close(ends[1]);
  if (child < 0) { close(ends[0]); errno = number; return -1; }
  *report = ends[0];
  return child;
}
