// Hooks of an OCI runtime: programs that are run in the runtime's namespaces or in the container's, with a state on their stdin.
#include "apus_shim.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
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

static int load(const struct apus_hook_program *program) {
  const struct sock_fprog filter = {.len = program->count, .filter = (struct sock_filter *)program->instructions};
  if (program->count == 0) return 0;
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) < 0 ? errno : 0;
}

/// Bounding set, groups, ids and capabilities, in the order of the container's own process.
static int drop_rights(const struct apus_hook_program *program) {
  for (int capability = 0; capability < 64 && prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++) {
    if (!(program->bounding >> capability & 1) && prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0) return errno;
  }
  // A user namespace whose maker gave up setgroups keeps the groups that it has.
  if (syscall(SYS_setgroups, program->group_count, program->groups) < 0 && (errno != EPERM || program->group_count > 0)) return errno;
  if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0) return errno;
  if (syscall(SYS_setresgid, program->gid, program->gid, program->gid) < 0) return errno;
  if (syscall(SYS_setresuid, program->uid, program->uid, program->uid) < 0) return errno;
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2];
  for (int i = 0; i < 2; i++) {
    data[i].effective = (uint32_t)(program->effective >> (32 * i));
    data[i].permitted = (uint32_t)(program->permitted >> (32 * i));
    data[i].inheritable = (uint32_t)(program->inheritable >> (32 * i));
  }
  if (syscall(SYS_capset, &header, data) < 0) return errno;
  for (int capability = 0; capability < 64; capability++) {
    if (program->ambient >> capability & 1 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) < 0) return errno;
  }
  return 0;
}

/// Without no_new_privs a filter needs the rights that are dropped then; with it, it comes last, for it may forbid what drops them.
static int enter(const struct apus_hook_program *program) {
  int error = 0;
  if (program->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return errno;
  if (!program->no_new_privileges && (error = load(program))) return error;
  if (!program->keeps_rights && (error = drop_rights(program))) return error;
  return program->no_new_privileges ? load(program) : 0;
}

pid_t apus_spawn_hook(const char *path, char *const arguments[], char *const environment[], const int stdio[3], const char *directory,
                      int container, int namespaces, const struct apus_hook_program *program, int *report) {
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
    if (!error) error = enter(program);
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
