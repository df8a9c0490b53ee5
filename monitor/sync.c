// The steps by which a child of an OCI runtime waits for others, and hands descriptors on.
#include "apus_shim.h"
#include "monitor.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int preserved; // descriptors 3 and up that are the program's

static ssize_t receive_byte(int socket, char *byte) {
  ssize_t length;
  while ((length = recv(socket, byte, 1, 0)) < 0 && errno == EINTR) {}
  return length;
}

int step_sync(const struct apus_step *step) {
  char answer = 0;
  child_send(APUS_CHILD_SYNC, (uint32_t)step->n[0], 0, -1);
  ssize_t length = receive_byte(wiring.channel, &answer);
  return length < 0 ? errno : length == 1 && answer == 'g' ? 0 : ECANCELED;
}

/// Moves a descriptor above those of the program.
static int lift(int *fd) {
  if (*fd < 0 || *fd >= 3 + preserved) return 0;
  int lifted = fcntl(*fd, F_DUPFD_CLOEXEC, 3 + preserved);
  if (lifted < 0) return errno;
  *fd = lifted; // the old number is written over
  return 0;
}

int step_preserve(const struct apus_step *step) {
  int error, first = (int)step->n[0];
  preserved = (int)step->n[1];
  if ((error = lift(&wiring.channel))) return error;
  for (uint32_t i = 0; i < plan->slot_count; i++) if ((error = lift(&slots[i]))) return error;
  for (int i = 0; i < preserved; i++) if (dup2(slots[first + i], 3 + i) < 0) return errno; // without close-on-exec
  return 0;
}

static void leave(int number) { _exit(128 + number); }

/// The first process of a pid namespace is not ended by what it does not handle, and who waits for a start is to be ended as any other.
static void end_by_signals(void) {
  const int numbers[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    if (signal(numbers[i], leave) == SIG_IGN) signal(numbers[i], SIG_IGN); // the caller's wish, as nohup(1) has it; the exec resets the others
}

int step_wait_start(const struct apus_step *step) {
  int listener = 3 + preserved;
  if (slots[step->n[0]] != listener && dup3(slots[step->n[0]], listener, O_CLOEXEC) < 0) return errno;
  if (prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0) < 0) return errno; // from now on it may end without us
  // All else that is open would keep mounts and namespaces of the host alive while nobody starts us. The channel is among it: its end
  // tells the monitor that we are ready.
  if (syscall(SYS_close_range, listener + 1, ~0U, 0) < 0) return errno;
  wiring.channel = -1;
  end_by_signals();
  for (;;) {
    char go = 0;
    int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (connection < 0) { if (errno == EINTR || errno == ECONNABORTED) continue; return errno; }
    if (receive_byte(connection, &go) == 1 && go == 'g') { close(listener); wiring.channel = connection; return 0; }
    close(connection); // only a look whether we still wait
  }
}
