// apus-monitor: the parent of one container. It receives a launch plan on descriptor 3, starts the container, moves its output to the log and
// to clients, records how it ended, and removes what it left. It is started by apus from a read-only detached mount, so that nothing inside
// the container can reach the program on the host through /proc/PID/exe (CVE-2019-5736).
#include "apus_shim.h"
#include "monitor.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
  int type = 0;
  socklen_t length = sizeof type;
  bool tells_network = argc == 2 && !strcmp(argv[1], "networks");
  bool makes_network = tells_network || (argc == 2 && !strcmp(argv[1], "network"));
  if ((argc != 1 && !makes_network) || getsockopt(control, SOL_SOCKET, SO_TYPE, &type, &length) < 0 || type != SOCK_SEQPACKET) {
    fprintf(stderr, "apus-monitor: started by apus, one for each container; it has no use by hand\n");
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  // Nobody inside may look into us, nor into the container process before its exec (CVE-2016-9962).
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  // While the plan is being made: a network namespace is the dearest piece of a start, and the container inherits ours.
  struct apus_failed failure = {.kind = 'f', .step = UINT32_MAX};
  if (makes_network) failure.error = unshare(CLONE_NEWNET) < 0 ? errno : step_loopback(NULL);
  if (tells_network) {
    int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (own < 0 || apus_send_message(control, "n", 1, &own, 1) < 0) return 1;
    close(own);
  }
  if (!plan_receive(control)) return 0;
  fcntl(control, F_SETFD, FD_CLOEXEC);
  if (chdir("/") < 0) return 1;
  struct container container = {.pidfd = -1, .stdio = {-1, -1, -1}};
  if (failure.error || !start_container(&container, &failure.step, &failure.error)) {
    container.pid = 0;
    run_after(&container);
    send(control, &failure, sizeof failure, MSG_NOSIGNAL);
    return 1;
  }
  if (plan->flags & APUS_PLAN_RUNTIME) {
    struct apus_started started = {.kind = 's', .pid = container.pid};
    // Nobody else knows of it.
    if (send(control, &started, sizeof started, MSG_NOSIGNAL) < 0) apus_pidfd_send_signal(container.pidfd, SIGKILL);
    return 0;
  }
  serve(&container, control);
  run_after(&container);
  waitpid(container.pid, NULL, __WALL);
  // The lock goes before the news of the end: who hears it may remove the container at once.
  for (uint32_t i = 0; i < plan->kept_slots; i++) close(slots[i]);
  serve_end(&container);
  return 0;
}
