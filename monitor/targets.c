// Places in the container's root: found below it without links of the kind of /proc/PID/root, and made where they are missing, name by name,
// each in the directory that was just opened, so that a link exchanged in between leads nowhere.
#include "apus_shim.h"
#include "monitor.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

enum { max_path = 4096, max_links = 40 };

static int open_root(void) { return open("/", O_PATH | O_DIRECTORY | O_CLOEXEC); }

static int open_inside(int root, const char *path, int flags, uint64_t resolve) {
  int fd;
  // A rename raced with "..": openat2(2) asks to try again.
  do fd = apus_openat2(root, path, O_PATH | O_CLOEXEC | flags, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve);
  while (fd < 0 && errno == EAGAIN);
  return fd;
}

/// Opens a path in the container's root without following links of the kind of /proc/PID/exe; -1 and `error` when it fails.
int open_target(const char *path, uint64_t flags, int *error) {
  int root = open_root();
  int fd = root < 0 ? -1 : open_inside(root, path, 0, flags & APUS_MOUNT_NO_SYMLINKS ? RESOLVE_NO_SYMLINKS : 0);
  *error = fd < 0 ? errno : 0;
  if (root >= 0) close(root);
  return fd;
}

/// Puts the target of the link that is the component [start, end) of `path` in its place.
static int expand_link(char *path, size_t start, size_t end, int directory) {
  char link[max_path], saved = path[end];
  path[end] = 0;
  ssize_t length = readlinkat(directory, path + start, link, sizeof link - 1);
  int error = length < 0 ? errno == EINVAL ? ENOTDIR : errno : 0;
  path[end] = saved;
  if (error) return error;
  size_t head = link[0] == '/' ? 0 : start, tail = strlen(path + end) + 1;
  if (head + length + tail > max_path) return ENAMETOOLONG;
  memmove(path + head + length, path + end, tail);
  memcpy(path + head, link, length);
  return 0;
}

/// One walk along `path`: the last directory, or -1 with `error`, 0 when a dangling link was expanded and the walk must start anew.
static int walk(int root, char *path, mode_t mode, uid_t uid, gid_t gid, int *error) {
  int parent = fcntl(root, F_DUPFD_CLOEXEC, 0);
  size_t end = 0;
  *error = parent < 0 ? errno : 0;
  while (parent >= 0) {
    size_t start = end + strspn(path + end, "/");
    if (!path[start]) return parent;
    end = start + strcspn(path + start, "/");
    char saved = path[end];
    path[end] = 0;
    int next = open_inside(root, path, O_DIRECTORY, 0);
    if (next < 0 && errno == ENOENT) {
      bool made = mkdirat(parent, path + start, mode) == 0;
      if (made && (uid || gid) && fchownat(parent, path + start, uid, gid, AT_SYMLINK_NOFOLLOW) < 0) made = false;
      if (made || errno == EEXIST) next = openat(parent, path + start, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      *error = next < 0 ? errno : 0;
      path[end] = saved;
      // What is there and leads to nothing is a link; its target is made, below the root too.
      if (next < 0 && (*error == ENOTDIR || *error == ELOOP)) *error = expand_link(path, start, end, parent);
    } else {
      *error = next < 0 ? errno : 0;
      path[end] = saved;
    }
    close(parent);
    parent = next;
  }
  return -1;
}

static int make_path(char *path, mode_t mode, uid_t uid, gid_t gid, int *error) {
  int root = open_root(), fd = -1;
  if (root < 0) { *error = errno; return -1; }
  mode_t mask = umask(0);
  int links = 0;
  do fd = walk(root, path, mode, uid, gid, error); while (fd < 0 && !*error && ++links <= max_links);
  if (fd < 0 && !*error) *error = ELOOP;
  umask(mask);
  close(root);
  return fd;
}

/// Opens a directory below the root, made with all that is missing above it.
int open_or_make_directory(const char *path, mode_t mode, uid_t uid, gid_t gid, int *error) {
  char copy[max_path];
  size_t length = strlen(path);
  if (length >= sizeof copy) { *error = ENAMETOOLONG; return -1; }
  memcpy(copy, path, length + 1);
  return make_path(copy, mode, uid, gid, error);
}

/// Opens the directory of `path`'s last name, made where it is missing; `name` is set to that name.
int open_or_make_parent(const char *path, const char **name, int *error) {
  char copy[max_path];
  const char *slash = strrchr(path, '/');
  size_t length = slash ? (size_t)(slash - path) : 0;
  *name = slash ? slash + 1 : path;
  if (length >= sizeof copy) { *error = ENAMETOOLONG; return -1; }
  if (!**name || !strcmp(*name, ".") || !strcmp(*name, "..")) { *error = EISDIR; return -1; }
  memcpy(copy, path, length);
  copy[length] = 0;
  return make_path(copy, 0755, 0, 0, error);
}

/// Makes an empty file. A dangling link is followed: images have such for /etc/resolv.conf.
static int make_file(const char *wanted) {
  char path[max_path];
  size_t length = strlen(wanted);
  if (length >= sizeof path) return ENAMETOOLONG;
  memcpy(path, wanted, length + 1);
  for (int links = 0; links <= max_links; links++) {
    const char *name;
    int error, parent = open_or_make_parent(path, &name, &error);
    if (parent < 0) return error;
    int made = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (made < 0 && (error = errno) == EEXIST) {
      error = expand_link(path, name - path, strlen(path), parent);
      if (error == ENOTDIR) { close(parent); return 0; } // no link: somebody made it meanwhile
      if (!error) error = EAGAIN;
    }
    close(parent);
    if (made >= 0) { close(made); return 0; }
    if (error != EAGAIN) return error;
  }
  return ELOOP;
}

/// Opens what a mount goes on, and makes it if the flags say so. `made` tells whether it was missing.
int open_or_make_target(const char *path, uint64_t flags, bool *made, int *error) {
  int fd = open_target(path, flags, error);
  *made = fd < 0 && *error == ENOENT && flags & (APUS_MOUNT_MAKE_DIRECTORY | APUS_MOUNT_MAKE_FILE);
  if (*made && flags & APUS_MOUNT_MAKE_DIRECTORY) {
    fd = open_or_make_directory(path, 0755, 0, 0, error);
    if (fd >= 0 && flags & APUS_MOUNT_NO_SYMLINKS) { close(fd); fd = open_target(path, flags, error); }
  } else if (*made && !(*error = make_file(path))) fd = open_target(path, flags, error);
  struct statfs status;
  if (fd < 0 || !strcmp(path, "/proc") || !strncmp(path, "/proc/", 6)) return fd;
  // A link of the image must not lead a mount into /proc, where the plan allows only some targets (CVE-2019-16884).
  if (fstatfs(fd, &status) < 0) *error = errno;
  else if (status.f_type == PROC_SUPER_MAGIC) *error = EXDEV;
  if (*error) { close(fd); return -1; }
  return fd;
}
