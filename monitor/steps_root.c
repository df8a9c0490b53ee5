// The way into the root of a container with hooks that want to see both its mounts and the host's tree, or of a host that cannot pivot.
#include "monitor.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

static int host = -1; // the host's root, out of which chroot leads for as long as hooks are to see it

int step_enter_bundle_root(const struct apus_step *step) {
  int root = slots[step->n[0]];
  if ((host = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0) return errno;
  if (syscall(SYS_move_mount, root, "", AT_FDCWD, plan_text(step->s[0]), MOVE_MOUNT_F_EMPTY_PATH) < 0) return errno;
  return fchdir(root) < 0 || chroot(".") < 0 || chdir("/") < 0 ? errno : 0;
}

static int pivot(int root) {
  if (fchdir(root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0) return errno;
  return umount2(".", MNT_DETACH) < 0 || chdir("/") < 0 ? errno : 0;
}

/// For a host that runs from its initial ramdisk. What the host's proc and sysfs show must not stay behind the new root.
static int move_over(int root) {
  umount2("/proc", MNT_DETACH);
  umount2("/sys", MNT_DETACH);
  if (fchdir(root) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0) return errno;
  return chroot(".") < 0 || chdir("/") < 0 ? errno : 0;
}

int step_leave_bundle_root(const struct apus_step *step) {
  int root = slots[step->n[0]], error;
  if (fchdir(host) < 0 || chroot(".") < 0) return errno;
  error = step->n[1] ? move_over(root) : pivot(root);
  close(host);
  host = -1;
  return error;
}
