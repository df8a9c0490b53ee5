// Ids, capabilities and exec: who the program is.
#include "monitor.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int step_map_ids(const struct apus_step *step) {
  (void)step;
  child_send(APUS_CHILD_MAP_IDS, 0, 0, -1);
  char answer;
  ssize_t length = recv(wiring.channel, &answer, 1, 0);
  if (length != 1) return length < 0 ? errno : EPIPE;
  if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0) return errno;
  return 0;
}

int step_bounding(const struct apus_step *step) {
  for (int capability = 0; capability < 64; capability++) {
    if (step->n[0] >> capability & 1) continue;
    int present = prctl(PR_CAPBSET_READ, capability, 0, 0, 0);
    if (present < 0) return 0; // past the kernel's last
    if (present && prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0) return errno;
  }
  return 0;
}

// The raw calls: glibc's wrappers look for other threads, and there are none.
int step_groups(const struct apus_step *step) {
  if (syscall(SYS_setgroups, (size_t)step->n[0], plan_text(step->s[0])) == 0) return 0;
  // A user namespace whose maker gave up setgroups keeps the groups it has (user_namespaces(7)); it must only not be asked for others.
  bool may_be_denied = plan->clone_flags & CLONE_NEWUSER || plan->flags & APUS_PLAN_INTERMEDIATE;
  return errno == EPERM && step->n[0] == 0 && may_be_denied ? 0 : errno;
}

int step_ids(const struct apus_step *step) {
  uid_t uid = (uid_t)step->n[0];
  gid_t gid = (gid_t)step->n[1];
  if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0) return errno;
  if (syscall(SYS_setresgid, gid, gid, gid) < 0 || syscall(SYS_setresuid, uid, uid, uid) < 0) return errno;
  return prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0 ? errno : 0;
}

int step_capabilities(const struct apus_step *step) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2];
  for (int i = 0; i < 2; i++) {
    data[i].effective = (uint32_t)(step->n[0] >> (32 * i));
    data[i].permitted = (uint32_t)(step->n[1] >> (32 * i));
    data[i].inheritable = (uint32_t)(step->n[2] >> (32 * i));
  }
  if (syscall(SYS_capset, &header, data) < 0) return errno;
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0) return errno;
  for (int capability = 0; capability < 64; capability++)
    if (step->n[3] >> capability & 1 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) < 0) return errno;
  return 0;
}

static char **pointers(uint32_t offset, char **room, size_t capacity) {
  const uint32_t *items = (const uint32_t *)plan_text(offset);
  size_t count = 0;
  while (items[count] && count + 1 < capacity) { room[count] = (char *)plan_text(items[count]); count++; }
  room[count] = NULL;
  return items[count] ? NULL : room;
}

static const char *search_path(char *const *environment) {
  for (; *environment; environment++) if (!strncmp(*environment, "PATH=", 5)) return *environment + 5;
  return "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

typedef int (*attempt)(const char *path, char *const *arguments, char *const *environment);

/// Whether execve would find it; execve too says EACCES for what is no regular file.
static int look_at(const char *path, char *const *arguments, char *const *environment) {
  (void)arguments, (void)environment;
  struct stat status;
  if (stat(path, &status) < 0) return -1;
  if (S_ISREG(status.st_mode)) return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS);
  errno = EACCES;
  return -1;
}

/// execvpe(3) without allocation: the first file that can be run; else EACCES if one was there, else ENOENT.
static int execute(attempt run, char *const *arguments, char *const *environment) {
  if (strchr(arguments[0], '/')) return run(arguments[0], arguments, environment) < 0 ? errno : 0;
  if (arguments[0][0] == 0) return ENOENT;
  char path[4096];
  int error = ENOENT;
  size_t length = strlen(arguments[0]);
  for (const char *directory = search_path(environment);; directory++) {
    const char *end = strchrnul(directory, ':');
    size_t size = end - directory;
    if (size + length + 3 < sizeof path) {
      memcpy(path, size ? directory : ".", size ? size : 1);
      if (!size) size = 1;
      path[size] = '/';
      memcpy(path + size + 1, arguments[0], length + 1);
      if (run(path, arguments, environment) == 0) return 0;
      if (errno == EACCES) error = EACCES;
      else if (errno != ENOENT && errno != ENOTDIR) return errno;
    }
    if (*end == 0) return error;
    directory = end;
  }
}

static char *arguments[16384], *environment[16384];

static int read_arguments(void) {
  if (!pointers(plan->arguments, arguments, 16384) || !pointers(plan->environment, environment, 16384)) return E2BIG;
  return arguments[0] ? 0 : EINVAL;
}

int step_find_program(const struct apus_step *step) {
  (void)step;
  int error = read_arguments();
  return error ? error : execute(look_at, arguments, environment);
}

int step_exec(const struct apus_step *step) {
  (void)step;
  int error = read_arguments();
  if (error) return error;
  if (plan->flags & APUS_PLAN_INIT) {
    pid_t program = fork();
    if (program < 0) return errno;
    if (program > 0) init_main(program);
    setpgid(0, 0);
    if (plan->flags & APUS_PLAN_TERMINAL) {
      signal(SIGTTOU, SIG_IGN); // it would stop us: until now the terminal is init's
      tcsetpgrp(0, getpid());
      signal(SIGTTOU, SIG_DFL);
    }
  }
  return execute(execve, arguments, environment);
}
