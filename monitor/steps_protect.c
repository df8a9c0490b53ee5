// What covers masked paths, and what makes paths read-only. Each is opened once, below the container's root, and covered where it was found.
#include "apus_shim.h"
#include "monitor.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

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
  int fd = open_target(path, 0, error);
  if (fd < 0) { if (*error == ENOENT || *error == ENOTDIR) *error = 0; return -1; }
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
  // Mounts below keep what they were given, as in runc.
  else if (apus_mount_setattr(copy, "", AT_EMPTY_PATH, MOUNT_ATTR_RDONLY, 0, 0, -1) < 0) error = errno;
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
