// Bind mounts: of the host, opened there before, and of what earlier mounts show in the container.
#include "apus_shim.h"
#include "monitor.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

/// Attaches a detached mount; a missing target becomes what the source is.
int attach_at(int mount, const char *target, uint64_t flags) {
  struct stat source;
  if (flags & APUS_MOUNT_MAKE_DIRECTORY && flags & APUS_MOUNT_MAKE_FILE) {
    if (fstat(mount, &source) < 0) return errno;
    flags &= ~(uint64_t)(S_ISDIR(source.st_mode) ? APUS_MOUNT_MAKE_FILE : APUS_MOUNT_MAKE_DIRECTORY);
  }
  bool made;
  int error, place = open_or_make_target(target, flags, &made, &error);
  if (place < 0) return error;
  error = move_to(mount, place);
  close(place);
  return error;
}

static int require_proc(int mount, uint64_t flags) { // nothing but the kernel's own may lie over /proc
  struct statfs status;
  if (!(flags & APUS_MOUNT_FROM_PROC)) return 0;
  if (fstatfs(mount, &status) < 0) return errno;
  return status.f_type == PROC_SUPER_MAGIC ? 0 : EXDEV;
}

int step_attach(const struct apus_step *step) {
  int mount = slots[step->n[0]], error = require_proc(mount, step->n[1]);
  return error ? error : attach_at(mount, plan_text(step->s[0]), step->n[1]);
}

static int set_attributes(int mount, uint64_t attributes, unsigned recursive) {
  if (!attributes) return 0;
  return apus_mount_setattr(mount, "", AT_EMPTY_PATH | recursive, attributes & UINT32_MAX, attributes >> 32, 0, -1) < 0 ? errno : 0;
}

int step_bind_inside(const struct apus_step *step) {
  uint64_t flags = step->n[0] & UINT32_MAX;
  unsigned ids = AT_EMPTY_PATH | (step->n[0] >> 33 & 1 ? AT_RECURSIVE : 0);
  int error, source = open_target(plan_text(step->s[0]), 0, &error);
  if (source < 0) return error;
  int mount = clone_mount(source, step->n[0] >> 32 & 1 ? AT_RECURSIVE : 0);
  if (mount < 0) error = errno;
  close(source);
  if (!error) error = require_proc(mount, flags);
  if (!error && step->n[3] && apus_mount_setattr(mount, "", ids, MOUNT_ATTR_IDMAP, 0, 0, slots[step->n[3] - 1]) < 0) error = errno;
  if (!error) error = set_attributes(mount, step->n[1], 0);
  if (!error) error = set_attributes(mount, step->n[2], AT_RECURSIVE);
  if (!error) error = attach_at(mount, plan_text(step->s[1]), flags);
  if (mount >= 0) close(mount);
  return error;
}
