// Mounts, by descriptors: a target is opened once, below the container's root, and what is mounted lands on that descriptor, so that
// a link exchanged in between leads nowhere. After ENTER_ROOT no path leads to the host's tree.
#include "apus_shim.h"
#include "monitor.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/// Opens a path in the container's root without following links of the kind of /proc/PID/exe; -1 and `error` when it fails.
int open_target(const char *path, uint64_t flags, int *error) {
  uint64_t resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  if (flags & APUS_MOUNT_NO_SYMLINKS) resolve |= RESOLVE_NO_SYMLINKS;
  int fd = apus_openat2(AT_FDCWD, path, O_PATH | O_CLOEXEC, 0, resolve);
  *error = fd < 0 ? errno : 0;
  return fd;
}

/// Makes the directories above the last component of `path`, one by one, each below the one before.
static int make_parents(const char *path) {
  char part[4096];
  size_t length = strlen(path);
  if (length >= sizeof part) return ENAMETOOLONG;
  for (size_t i = 1; i < length; i++) {
    if (path[i] != '/') continue;
    memcpy(part, path, i);
    part[i] = 0;
    if (mkdir(part, 0755) < 0 && errno != EEXIST) return errno;
  }
  return 0;
}

static int find_or_make_target(const char *path, uint64_t flags, int *error) {
  int fd = open_target(path, flags, error);
  if (fd >= 0 || *error != ENOENT || !(flags & (APUS_MOUNT_MAKE_DIRECTORY | APUS_MOUNT_MAKE_FILE))) return fd;
  if ((*error = make_parents(path))) return -1;
  if (flags & APUS_MOUNT_MAKE_DIRECTORY) {
    if (mkdir(path, 0755) < 0 && errno != EEXIST) { *error = errno; return -1; }
  } else {
    int made = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
    if (made < 0) { *error = errno; return -1; }
    close(made);
  }
  return open_target(path, flags, error);
}

static int open_or_make_target(const char *path, uint64_t flags, int *error) {
  int fd = find_or_make_target(path, flags, error);
  struct statfs status;
  if (fd < 0 || !strcmp(path, "/proc") || !strncmp(path, "/proc/", 6)) return fd;
  // A link of the image must not lead a mount into /proc, where the plan allows only some targets (CVE-2019-16884).
  if (fstatfs(fd, &status) < 0) *error = errno;
  else if (status.f_type == PROC_SUPER_MAGIC) *error = EXDEV;
  if (*error) { close(fd); return -1; }
  return fd;
}

static int move_to(int mount, int target) {
  return syscall(SYS_move_mount, mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0 ? errno : 0;
}

/// Hands the options "a,b=c" to the file system one by one. A comma inside a value is written "\,".
static int configure(int context, const char *options) {
  char word[4096];
  size_t length = 0;
  char *value = NULL;
  for (const char *at = options;; at++) {
    if (*at == 0 || *at == ',') {
      word[length] = 0;
      if (length > 0 && (value ? apus_fsconfig_string(context, word, value) : apus_fsconfig_flag(context, word)) < 0) return errno;
      length = 0;
      value = NULL;
      if (*at == 0) return 0;
      continue;
    }
    if (*at == '\\' && at[1] == ',') at++;
    if (length + 1 >= sizeof word) return ENAMETOOLONG;
    if (*at == '=' && !value) { word[length++] = 0; value = word + length; continue; }
    word[length++] = *at;
  }
}

int step_mount(const struct apus_step *step) {
  const char *type = plan_text(step->s[0]), *source = plan_text(step->s[1]), *target = plan_text(step->s[2]), *options = plan_text(step->s[3]);
  int error = 0, mount = -1, context = apus_fsopen(type, FSOPEN_CLOEXEC);
  if (context < 0) return (step->n[1] & APUS_MOUNT_OPTIONAL) && errno == ENODEV ? 0 : errno;
  if (source && apus_fsconfig_string(context, "source", source) < 0) error = errno;
  if (!error && options) error = configure(context, options);
  if (!error && apus_fsconfig_create(context) < 0) error = errno;
  if (!error && (mount = apus_fsmount(context, FSMOUNT_CLOEXEC, (unsigned)step->n[0])) < 0) error = errno;
  close(context);
  if (!error && step->n[2] && apus_mount_setattr(mount, "", AT_EMPTY_PATH, 0, 0, step->n[2], -1) < 0) error = errno;
  int place = error ? -1 : open_or_make_target(target, step->n[1], &error);
  if (place >= 0) { error = move_to(mount, place); close(place); }
  if (mount >= 0) close(mount);
  return error;
}

int step_attach(const struct apus_step *step) {
  uint64_t flags = step->n[1];
  struct stat source;
  if (flags & APUS_MOUNT_MAKE_DIRECTORY && flags & APUS_MOUNT_MAKE_FILE) { // a missing target becomes what the source is
    if (fstat(slots[step->n[0]], &source) < 0) return errno;
    flags &= ~(uint64_t)(S_ISDIR(source.st_mode) ? APUS_MOUNT_MAKE_FILE : APUS_MOUNT_MAKE_DIRECTORY);
  }
  int error, place = open_or_make_target(plan_text(step->s[0]), flags, &error);
  if (place < 0) return error;
  error = move_to(slots[step->n[0]], place);
  close(place);
  return error;
}

/// A copy of the mount at `fd`, detached.
static int clone_mount(int fd, unsigned recursive) { return apus_open_tree(fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | recursive); }

int step_enter_root(const struct apus_step *step) {
  int root = slots[step->n[0]];
  if (syscall(SYS_move_mount, root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0) return errno;
  // pivot_root(2), "pivot_root(".", ".")": the old root is stacked over the new one. "/" does not lead there, but "/.." does.
  if (fchdir(root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 || chdir("/") < 0) return errno;
  return 0;
}

static bool host_is_covered;

int step_cover_host(const struct apus_step *step) {
  int host = open("/..", O_PATH | O_CLOEXEC), copy = clone_mount(slots[step->n[0]], 0), error = 0;
  if (host < 0 || copy < 0) error = errno;
  else error = move_to(copy, host);
  if (copy >= 0) close(copy);
  if (host >= 0) close(host);
  host_is_covered = !error;
  return error;
}

int step_leave_host(const struct apus_step *step) {
  (void)step;
  if (host_is_covered && umount2(".", MNT_DETACH) < 0) return errno;
  return umount2(".", MNT_DETACH) < 0 || chdir("/") < 0 ? errno : 0;
}

static int cover_file(int target) {
  int null = apus_openat2(AT_FDCWD, "/dev/null", O_PATH | O_CLOEXEC, 0, RESOLVE_NO_SYMLINKS | RESOLVE_IN_ROOT), error = 0;
  if (null < 0) return errno;
  struct stat status;
  int copy = -1;
  // Whoever could put another file here would choose what a masked path shows (CVE-2025-31133).
  if (fstat(null, &status) < 0) error = errno;
  else if (!S_ISCHR(status.st_mode) || status.st_rdev != makedev(1, 3)) error = EXDEV;
  else if ((copy = clone_mount(null, 0)) < 0) error = errno;
  else error = move_to(copy, target);
  if (copy >= 0) close(copy);
  close(null);
  return error;
}

static int cover_directory(int target) {
  static int context = -1; // one superblock serves all masked directories
  static int first = -1;
  int error = 0, copy = -1;
  if (context < 0) {
    context = apus_fsopen("tmpfs", FSOPEN_CLOEXEC);
    if (context < 0) return errno;
    if (apus_fsconfig_string(context, "size", "0k") < 0 || apus_fsconfig_flag(context, "ro") < 0 || apus_fsconfig_create(context) < 0) return errno;
    first = apus_fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
    if (first < 0) return errno;
    return move_to(first, target);
  }
  if ((copy = clone_mount(first, 0)) < 0) return errno;
  error = move_to(copy, target);
  close(copy);
  return error;
}

/// The kernel's own files below /proc must be procfs's: a link or a volume there would put the cover elsewhere (CVE-2019-16884, CVE-2025-52881).
static int check_procfs(const char *path, int fd) {
  if (strncmp(path, "/proc/", 6) != 0) return 0;
  struct statfs status;
  if (fstatfs(fd, &status) < 0) return errno;
  return status.f_type == PROC_SUPER_MAGIC ? 0 : EXDEV;
}

static int open_kernel_path(const char *path, int *error) {
  int fd = apus_openat2(AT_FDCWD, path, O_PATH | O_CLOEXEC | O_NOFOLLOW, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
  *error = 0;
  if (fd < 0) { if (errno != ENOENT && errno != ENOTDIR) *error = errno; return -1; }
  if ((*error = check_procfs(path, fd))) { close(fd); return -1; }
  return fd;
}

int step_mask(const struct apus_step *step) {
  int error, target = open_kernel_path(plan_text(step->s[0]), &error);
  if (target < 0) return error;
  struct stat status;
  if (fstat(target, &status) < 0) error = errno;
  else error = S_ISDIR(status.st_mode) ? cover_directory(target) : cover_file(target);
  close(target);
  return error;
}

int step_read_only(const struct apus_step *step) {
  int error, target = open_kernel_path(plan_text(step->s[0]), &error);
  if (target < 0) return error;
  int copy = clone_mount(target, AT_RECURSIVE);
  if (copy < 0) error = errno;
  else if (apus_mount_setattr(copy, "", AT_EMPTY_PATH | AT_RECURSIVE, MOUNT_ATTR_RDONLY, 0, 0, -1) < 0) error = errno;
  else error = move_to(copy, target);
  if (copy >= 0) close(copy);
  close(target);
  return error;
}

int step_set_read_only(const struct apus_step *step) {
  int error, target = open_target(plan_text(step->s[0]), APUS_MOUNT_NO_SYMLINKS, &error);
  if (target < 0) return error;
  if (apus_mount_setattr(target, "", AT_EMPTY_PATH, MOUNT_ATTR_RDONLY, 0, 0, -1) < 0) error = errno;
  close(target);
  return error;
}
