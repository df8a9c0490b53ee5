// Process 1 of a container with --init: hands signals on and reaps what is orphaned.
#include "monitor.h"
#include <errno.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

void init_main(pid_t program) {
  prctl(PR_SET_NAME, "apus-init", 0, 0, 0);
  syscall(SYS_close_range, 3, ~0U, 0);
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, NULL);
  int code = 0;
  for (;;) {
    // First this, then the wait: a program that ended before the signals were blocked has sent one that nobody kept.
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
      if (pid == program) code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status), program = -1;
    if (program == -1) _exit(code);
    siginfo_t info;
    int signal = sigwaitinfo(&all, &info);
    if (signal > 0 && signal != SIGCHLD) kill(program, signal);
  }
}
