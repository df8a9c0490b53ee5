// Nodes, links and the terminal of the container's /dev, stdio, and writes below /proc.
#include "apus_shim.h"
#include "monitor.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

int step_directory(const struct apus_step *step) {
  int error, made = open_or_make_directory(plan_text(step->s[0]), (mode_t)step->n[0], (uid_t)step->n[1], (gid_t)step->n[2], &error);
  if (made >= 0) close(made);
  return error;
}

int step_symlink(const struct apus_step *step) {
  const char *name;
  int error, parent = open_or_make_parent(plan_text(step->s[1]), &name, &error);
  if (parent < 0) return error;
  if (step->n[0] && unlinkat(parent, name, 0) < 0 && errno != ENOENT) error = errno;
  if (!error && symlinkat(plan_text(step->s[0]), parent, name) < 0 && errno != EEXIST) error = errno;
  close(parent);
  return error;
}

int step_node(const struct apus_step *step) {
  const char *name;
  int error, parent = open_or_make_parent(plan_text(step->s[0]), &name, &error);
  if (parent < 0) return error;
  mode_t mode = (mode_t)step->n[0], mask = umask(0);
  unsigned major = step->n[1] >> 32, minor = step->n[1] & 0xffffffff;
  uid_t uid = step->n[2] >> 32;
  gid_t gid = step->n[2] & 0xffffffff;
  struct stat status;
  if (apus_mknodat(parent, name, mode, major, minor) == 0) {
    if ((uid || gid) && fchownat(parent, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0) error = errno;
  } else if (errno != EEXIST || fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) < 0) error = errno;
  // The image or a mount brought one: it must be the same device.
  else if ((status.st_mode & S_IFMT) != (mode & S_IFMT)) error = EEXIST;
  else if (!S_ISFIFO(mode) && (apus_major(status.st_rdev) != major || apus_minor(status.st_rdev) != minor)) error = EEXIST;
  umask(mask);
  close(parent);
  return error;
}

static int terminal = -1;

static int bind_console(void) {
  int made = open("/dev/console", O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600), error = 0;
  if (made >= 0) close(made);
  int place = open_target("/dev/console", APUS_MOUNT_NO_SYMLINKS, &error);
  if (place < 0) return error;
  int copy = apus_open_tree(terminal, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
  if (copy < 0 || syscall(SYS_move_mount, copy, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0) error = errno;
  if (copy >= 0) close(copy);
  close(place);
  return error;
}

int step_console(const struct apus_step *step) {
  int master = apus_openat2(AT_FDCWD, "/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC, 0, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS), error = 0, unlock = 0;
  if (master < 0) return errno;
  struct statfs status;
  if (fstatfs(master, &status) < 0) error = errno;
  else if (status.f_type != DEVPTS_SUPER_MAGIC) error = ENOTTY; // a file of the image in its place
  else if (ioctl(master, TIOCSPTLCK, &unlock) < 0 || (terminal = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0) error = errno;
  else if (step->n[0]) error = bind_console();
  if (!error && plan->rows) apus_set_window_size(terminal, plan->rows, plan->columns);
  if (!error) child_send(APUS_CHILD_CONSOLE, 0, 0, master);
  close(master);
  return error;
}

/// The stdio of an OCI runtime is the engine's, but /dev/stdout is opened anew as the container's user.
static int hand_over_stdio(uid_t uid) {
  for (int i = 0; i < 3; i++) {
    struct stat status;
    if (fstat(i, &status) < 0) { if (errno == EBADF) continue; return errno; }
    bool is_null = S_ISCHR(status.st_mode) && apus_major(status.st_rdev) == 1 && apus_minor(status.st_rdev) == 3;
    if (is_null || status.st_uid == uid) continue;
    // Sockets and files of a read-only place have no owner that could change, and that is no reason not to start.
    if (fchown(i, uid, (gid_t)-1) < 0 && errno != EINVAL && errno != EPERM && errno != EROFS) return errno;
  }
  return 0;
}

int step_stdio(const struct apus_step *step) {
  if ((plan->flags & (APUS_PLAN_RUNTIME | APUS_PLAN_TERMINAL)) == APUS_PLAN_RUNTIME) return hand_over_stdio((uid_t)step->n[0]);
  if (plan->flags & APUS_PLAN_TERMINAL) {
    if (ioctl(terminal, TIOCSCTTY, 0) < 0) return errno;
    for (int i = 0; i < 3; i++) wiring.stdio[i] = terminal;
  }
  for (int i = 0; i < 3; i++) {
    int from = wiring.stdio[i];
    if (from < 0 && (from = open("/dev/null", O_RDWR | O_CLOEXEC)) < 0) return errno;
    // /dev/stdout opens the pipe anew, as the container's user.
    // The group of a terminal is that of all terminals, which may write to it (mesg(1)).
    gid_t group = plan->flags & APUS_PLAN_TERMINAL ? (gid_t)-1 : (gid_t)step->n[1];
    if (wiring.stdio[i] >= 0 && (step->n[0] || step->n[1]) && fchown(from, (uid_t)step->n[0], group) < 0 && errno != EINVAL) return errno;
    if (from == i ? fcntl(i, F_SETFD, 0) < 0 : dup2(from, i) < 0) return errno;
  }
  return 0;
}

int step_loopback(const struct apus_step *step) {
  (void)step;
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), error = 0;
  if (fd < 0) return errno;
  struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
  if (ioctl(fd, SIOCSIFFLAGS, &request) < 0) error = errno;
  close(fd);
  return error;
}

int step_write(const struct apus_step *step) {
  int fd = apus_openat2(AT_FDCWD, plan_text(step->s[0]), O_WRONLY | O_CLOEXEC, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS), error = 0;
  if (fd < 0 && errno == ELOOP) fd = open(plan_text(step->s[0]), O_WRONLY | O_CLOEXEC); // /proc/self is such a link
  if (fd < 0) return errno;
  struct statfs status;
  const char *value = plan_text(step->s[1]);
  // Never a file that the image put in the kernel's place (CVE-2025-52881).
  if (fstatfs(fd, &status) < 0) error = errno;
  else if (status.f_type != PROC_SUPER_MAGIC) error = EXDEV;
  else if (write(fd, value, strlen(value)) < 0) error = errno;
  close(fd);
  return error;
}

int step_directory_change(const struct apus_step *step) {
  // First with the runtime's rights and before a filter that may not know openat2, then with the user's: either may be the one that suffices.
  static bool refused;
  if (step->n[0] && !refused) return 0;
  refused = false;
  if (step->n[0]) {
    if (chdir(plan_text(step->s[0])) < 0) return errno;
  } else {
    // No link of the kind of /proc/self/fd/N, whose target may be a directory that was left open.
    int error, directory = open_target(plan_text(step->s[0]), 0, &error);
    if (directory >= 0) {
      error = fchdir(directory) < 0 ? errno : 0;
      close(directory);
    }
    refused = error == EACCES;
    if (error) return refused ? 0 : error;
  }
  // A directory outside the root shows as "(unreachable)…": a leaked descriptor's /proc/self/fd/N (CVE-2024-21626).
  char path[4096];
  if (syscall(SYS_getcwd, path, sizeof path) < 0) return errno;
  return path[0] == '/' ? 0 : ENOENT;
}
