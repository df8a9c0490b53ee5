// Mounts, by descriptors: a target is opened once, below the container's root, and what is mounted lands on that descriptor, so that
// a link exchanged in between leads nowhere. After ENTER_ROOT no path leads to the host's tree.
#include "apus_shim.h"
#include "monitor.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

int move_to(int mount, int target) {
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

enum { max_value = 255 }; // of fsconfig(2)

static bool has_long_value(const char *options) {
  for (const char *at = options; *at;) {
    size_t length = strcspn(at, ",");
    if (length > max_value) return true;
    at += length + (at[length] == ',');
  }
  return false;
}

/// mount(2) for what fsconfig(2) does not take: a list of many overlay layers. The working directory is the target meanwhile.
static int mount_by_string(const struct apus_step *step) {
  static const struct { uint64_t attribute; unsigned long flag; } table[] = {
    {MOUNT_ATTR_RDONLY, MS_RDONLY}, {MOUNT_ATTR_NOSUID, MS_NOSUID}, {MOUNT_ATTR_NODEV, MS_NODEV}, {MOUNT_ATTR_NOEXEC, MS_NOEXEC},
    {MOUNT_ATTR_NOATIME, MS_NOATIME}, {MOUNT_ATTR_STRICTATIME, MS_STRICTATIME}, {MOUNT_ATTR_NODIRATIME, MS_NODIRATIME},
    {MOUNT_ATTR_NOSYMFOLLOW, MS_NOSYMFOLLOW},
  };
  unsigned long flags = 0;
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) if (step->n[0] & table[i].attribute) flags |= table[i].flag;
  if (step->n[3] || step->n[1] & APUS_MOUNT_COPY_UP || strlen(plan_text(step->s[3])) >= 4096) return E2BIG;
  const char *options = plan_text(step->s[3]);
  if (!strncmp(options, "ro,", 3)) { flags |= MS_RDONLY; options += 3; } // a word of fsconfig(2) only
  bool made;
  int error = 0, before = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC), place = open_or_make_target(plan_text(step->s[2]), step->n[1], &made, &error);
  if (!error && before < 0) error = EBADF;
  if (!error && fchdir(place) < 0) error = errno;
  if (!error && mount(plan_text(step->s[1]), ".", plan_text(step->s[0]), flags, options) < 0) error = errno;
  if (before >= 0 && fchdir(before) < 0 && !error) error = errno;
  if (place >= 0) close(place);
  if (before >= 0) close(before);
  if (error || !step->n[2]) return error;
  if ((place = open_target(plan_text(step->s[2]), 0, &error)) < 0) return error;
  if (apus_mount_setattr(place, "", AT_EMPTY_PATH, 0, 0, step->n[2], -1) < 0) error = errno;
  close(place);
  return error;
}

/// Whether "a,b=c" has an option of this name that takes a value.
static bool has_option(const char *options, const char *name) {
  size_t length = strlen(name);
  for (const char *at = options; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
    if (!strncmp(at, name, length) && at[length] == '=') return true;
  return false;
}

/// A tmpfs over a directory that is there has its mode, if it was given none.
static int keep_mode(int context, const char *options, int place) {
  struct stat status;
  char mode[8];
  if (has_option(options, "mode")) return 0;
  if (fstat(place, &status) < 0) return errno;
  snprintf(mode, sizeof mode, "%04o", status.st_mode & 07777);
  return apus_fsconfig_string(context, "mode", mode) < 0 ? errno : 0;
}

static int fill(int mount, int place, const struct apus_step *step) {
  struct stat status;
  const char *options = plan_text(step->s[3]);
  int error = copy_up(place, mount);
  if (error || fstat(place, &status) < 0) return error ? error : errno;
  int top = openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (top < 0) return errno;
  bool owned = has_option(options, "uid") || has_option(options, "gid");
  if (!owned && fchown(top, status.st_uid, status.st_gid) < 0) error = errno;
  close(top);
  // Only now, or nothing could be copied.
  if (!error && step->n[0] & MOUNT_ATTR_RDONLY && apus_mount_setattr(mount, "", AT_EMPTY_PATH, MOUNT_ATTR_RDONLY, 0, 0, -1) < 0) error = errno;
  return error;
}

int step_mount(const struct apus_step *step) {
  const char *type = plan_text(step->s[0]), *source = plan_text(step->s[1]), *options = plan_text(step->s[3]);
  uint64_t flags = step->n[1], copies = flags & APUS_MOUNT_COPY_UP;
  if (options && has_long_value(options)) return mount_by_string(step);
  bool made;
  int error = 0, mount = -1, context = apus_fsopen(type, FSOPEN_CLOEXEC);
  if (context < 0) return flags & APUS_MOUNT_OPTIONAL && errno == ENODEV ? 0 : errno;
  int place = open_or_make_target(plan_text(step->s[2]), flags, &made, &error);
  if (!error && source && apus_fsconfig_string(context, "source", source) < 0) error = errno;
  if (!error && !made && !strcmp(type, "tmpfs")) error = keep_mode(context, options, place);
  if (!error && options) error = configure(context, options);
  if (!error && apus_fsconfig_create(context) < 0) error = errno;
  unsigned attributes = (unsigned)(copies ? step->n[0] & ~(uint64_t)MOUNT_ATTR_RDONLY : step->n[0]);
  if (!error && (mount = apus_fsmount(context, FSMOUNT_CLOEXEC, attributes)) < 0) error = errno;
  close(context);
  if (!error && step->n[3] && apus_mount_setattr(mount, "", AT_EMPTY_PATH, MOUNT_ATTR_IDMAP, 0, 0, slots[step->n[3] - 1]) < 0) error = errno;
  if (!error && copies) error = fill(mount, place, step);
  if (!error && step->n[2] && apus_mount_setattr(mount, "", AT_EMPTY_PATH, 0, 0, step->n[2], -1) < 0) error = errno;
  if (!error) error = move_to(mount, place);
  if (place >= 0) close(place);
  if (mount >= 0) close(mount);
  return error;
}

int step_remount(const struct apus_step *step) {
  const char *options = plan_text(step->s[1]);
  int error, context, target = open_target(plan_text(step->s[0]), 0, &error);
  if (target < 0) return error;
  if (options) { // none for a bind mount, whose file system belongs to others too
    if ((context = apus_fspick(target)) < 0) error = errno;
    else if (!(error = configure(context, options)) && apus_fsconfig_reconfigure(context) < 0) error = errno;
    if (context >= 0) close(context);
  }
  if (!error && apus_mount_setattr(target, "", AT_EMPTY_PATH, step->n[0], step->n[1], 0, -1) < 0) error = errno;
  close(target);
  return error;
}

/// A copy of the mount at `fd`, detached.
int clone_mount(int fd, unsigned recursive) { return apus_open_tree(fd, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | recursive); }

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
