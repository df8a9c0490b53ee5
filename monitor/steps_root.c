// The way into the root of a container with hooks that want to see both its mounts and the host's tree, or of a host that cannot pivot.
#include "monitor.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *bundle_root; // where the root of the container is seen in the host's tree
static int host = -1; // the host's root, out of which chroot leads for as long as hooks are to see it

int step_enter_bundle_root(const struct apus_step *step) {
  int root = slots[step->n[0]];
  bundle_root = plan_text(step->s[0]);
  if ((host = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0) return errno;
  if (syscall(SYS_move_mount, root, "", AT_FDCWD, plan_text(step->s[0]), MOVE_MOUNT_F_EMPTY_PATH) < 0) return errno;
  return fchdir(root) < 0 || chroot(".") < 0 || chdir("/") < 0 ? errno : 0;
}

static int pivot(int root) {
  if (fchdir(root) < 0 || syscall(SYS_pivot_root, ".", ".") < 0) return errno;
  return umount2(".", MNT_DETACH) < 0 || chdir("/") < 0 ? errno : 0;
}

/// What a whole proc or sysfs shows allows a user namespace to mount one of its own (mount_too_revealing), so none may stay behind the new root.
static int detach_whole(const char *path) {
  if (umount2(path, MNT_DETACH) == 0 || errno == ENOENT) return 0;
  return mount("tmpfs", path, "tmpfs", 0, NULL) < 0 && errno != ENOENT ? errno : 0; // locked in a user namespace (EINVAL): covered
}

/// The mount point of a line of mountinfo(5) in its place, where the file system is proc or sysfs of the host; NULL for others.
static char *whole_of_host(char *line) {
  char *type = strstr(line, " - ");
  if (!type || (strncmp(type + 3, "proc ", 5) && strncmp(type + 3, "sysfs ", 6))) return NULL;
  for (int field = 0; field < 4 && line; field++) if ((line = strchr(line, ' '))) line++;
  char *end = line ? strchr(line, ' ') : NULL, *to = line;
  if (!end) return NULL;
  // What would end a field is written "\040".
  for (char *from = line; from < end; to++) {
    char digits[4] = {0};
    if (*from == '\\' && end - from >= 4) { memcpy(digits, from + 1, 3); *to = (char)strtol(digits, NULL, 8); from += 4; }
    else *to = *from++;
  }
  *to = 0;
  size_t length = strlen(bundle_root);
  return !strncmp(line, bundle_root, length) && (line[length] == '/' || line[length] == 0) ? NULL : line;
}

static int detach_whole_mounts(void) {
  static char text[1 << 16];
  size_t held = 0;
  int file = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC), error = 0;
  if (file < 0) return errno;
  while (!error) {
    ssize_t length = read(file, text + held, sizeof text - 1 - held);
    if (held == sizeof text - 1) { error = ENAMETOOLONG; break; }
    if (length <= 0) { error = length < 0 ? errno : 0; break; }
    text[held + (size_t)length] = 0;
    char *line = text, *end;
    for (; !error && (end = strchr(line, '\n')); line = end + 1) {
      *end = 0;
      const char *path = whole_of_host(line);
      if (path) error = detach_whole(path);
    }
    held = strlen(line);
    memmove(text, line, held + 1);
  }
  close(file);
  return error;
}

/// For a host that runs from its initial ramdisk.
static int move_over(int root) {
  int error = detach_whole_mounts();
  if (error) return error;
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
