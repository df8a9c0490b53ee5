// The container process between the clone and the exec.
#include "apus_shim.h"
#include "monitor.h"
#include <errno.h>
#include <signal.h>
#include <unistd.h>

struct child_wiring wiring = {.channel = -1, .stdio = {-1, -1, -1}};

void child_send(uint32_t kind, uint32_t step, int error, int descriptor) {
  struct apus_child_message message = {.kind = kind, .step = step, .error = error, .pid = getpid()};
  apus_send_message(wiring.channel, &message, sizeof message, &descriptor, descriptor >= 0 ? 1 : 0);
}

/// Closes what is not needed any more: in a container it is joining, a process may look into us where it has CAP_SYS_PTRACE (CVE-2016-9962).
void forget_slot(int slot) {
  if (slot < 0 || slots[slot] < 0) return;
  close(slots[slot]);
  slots[slot] = -1;
}

void child_main(void) {
  uint32_t failed = 0;
  forget_slot(plan->cgroup_slot); // first of all: from a directory a way leads to the host's others
  signal(SIGPIPE, SIG_DFL); // the monitor ignores it, and what is ignored stays so after the exec
  int error = run_section(APUS_INNER, &failed);
  if (!error) error = run_section(APUS_FINAL, &failed);
  child_send(APUS_CHILD_FAILED, failed, error, -1);
  _exit(127);
}
