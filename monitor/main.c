// apus-monitor: the parent of one container. It receives a launch plan on descriptor 3, starts the container, moves its output to the log and
// to clients, records how it ended, and removes what it left. It is started by apus from a read-only detached mount, so that nothing inside
// the container can reach the program on the host through /proc/PID/exe (CVE-2019-5736).
#include "monitor.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { control = 3 };

int main(int argc, char **argv) {
  (void)argv;
  int type = 0;
  socklen_t length = sizeof type;
  if (argc != 1 || getsockopt(control, SOL_SOCKET, SO_TYPE, &type, &length) < 0 || type != SOCK_SEQPACKET) {
    fprintf(stderr, "apus-monitor: started by apus, one for each container; it has no use by hand\n");
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  if (!plan_receive(control)) return 0;
  fcntl(control, F_SETFD, FD_CLOEXEC);
  if (chdir("/") < 0) return 1;
  struct container container = {.pidfd = -1, .stdio = {-1, -1, -1}};
  struct apus_failed failure = {.kind = 'f'};
  if (!start_container(&container, &failure.step, &failure.error)) {
    container.pid = 0;
    run_after(&container);
    send(control, &failure, sizeof failure, MSG_NOSIGNAL);
    return 1;
  }
  serve(&container, control);
  run_after(&container);
  struct apus_ended ended = {.kind = 'x', .out_of_memory = container.out_of_memory, .code = container.code};
  clients_tell(&ended, sizeof ended);
  waitpid(container.pid, NULL, __WALL);
  return 0;
}
