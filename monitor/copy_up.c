// tmpcopyup: what a directory holds, copied onto the tmpfs that will cover it, with owners, modes, times and attributes. Names are looked up
// below open directories and no link is followed; other mounts below are left out. How much there can be is bounded by the tmpfs.
#include "apus_shim.h"
#include "monitor.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { max_depth = 200 }; // two descriptors and a buffer each

struct entry { uint64_t inode; int64_t offset; uint16_t length; uint8_t type; char name[]; }; // getdents64(2)

/// Labels of security modules and marks of file systems belong to the host.
static bool is_kept(const char *name) {
  return !strncmp(name, "user.", 5) || !strcmp(name, "security.capability") || !strncmp(name, "system.posix_acl_", 17);
}

static int copy_attributes(int from, int to, const struct stat *status) {
  static char names[65536], value[65536];
  if (fchown(to, status->st_uid, status->st_gid) < 0) return errno;
  // After chown(2), which takes set-user-ID and capabilities away.
  if (fchmod(to, status->st_mode & 07777) < 0) return errno;
  ssize_t length = flistxattr(from, names, sizeof names);
  if (length < 0 && errno != ENOTSUP) return errno;
  for (const char *name = names; name < names + length; name += strlen(name) + 1) {
    if (!is_kept(name)) continue;
    ssize_t size = fgetxattr(from, name, value, sizeof value);
    if (size < 0 && errno == ENODATA) continue;
    // An older tmpfs has no user attributes.
    if (size < 0 || (fsetxattr(to, name, value, size, 0) < 0 && errno != ENOTSUP)) return errno;
  }
  const struct timespec times[2] = {status->st_atim, status->st_mtim};
  return futimens(to, times) < 0 ? errno : 0;
}

static int copy_file(int from, int to) {
  struct stat status;
  if (fstat(from, &status) < 0) return errno;
  if (!S_ISREG(status.st_mode)) return EAGAIN; // exchanged meanwhile
  for (off_t left = status.st_size; left > 0;) {
    ssize_t count = sendfile(to, from, NULL, left > 1 << 30 ? 1 << 30 : left);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    if (count == 0) break; // it became shorter
    left -= count;
  }
  return copy_attributes(from, to, &status);
}

static int copy_link(int from, int to, const char *name) {
  char target[4096];
  ssize_t length = readlinkat(from, name, target, sizeof target - 1);
  if (length < 0) return errno;
  target[length] = 0;
  return symlinkat(target, to, name) < 0 ? errno : 0;
}

static int set_owner_and_times(int to, const char *name, const struct stat *status) {
  const struct timespec times[2] = {status->st_atim, status->st_mtim};
  if (fchownat(to, name, status->st_uid, status->st_gid, AT_SYMLINK_NOFOLLOW) < 0) return errno;
  return utimensat(to, name, times, AT_SYMLINK_NOFOLLOW) < 0 ? errno : 0;
}

static int copy_content(int from, int to, int depth);

static int copy_entry(int from, int to, const char *name, int depth) {
  struct stat status;
  if (fstatat(from, name, &status, AT_SYMLINK_NOFOLLOW) < 0) return errno == ENOENT ? 0 : errno;
  if (!S_ISDIR(status.st_mode) && !S_ISREG(status.st_mode)) {
    int error = S_ISLNK(status.st_mode) ? copy_link(from, to, name) : mknodat(to, name, status.st_mode, status.st_rdev) < 0 ? errno : 0;
    return error ? error : set_owner_and_times(to, name, &status);
  }
  bool directory = S_ISDIR(status.st_mode);
  int source = apus_openat2(from, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC | (directory ? O_DIRECTORY : 0), 0,
                            RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
  int error = source < 0 ? errno : 0, copy = -1;
  if (error == EXDEV) return directory ? mkdirat(to, name, 0755) < 0 ? errno : 0 : 0; // another mount
  if (!error && directory && mkdirat(to, name, 0700) < 0) error = errno;
  if (!error) copy = openat(to, name, O_NOFOLLOW | O_CLOEXEC | (directory ? O_RDONLY | O_DIRECTORY : O_WRONLY | O_CREAT | O_EXCL), 0600);
  if (!error && copy < 0) error = errno;
  if (!error) error = directory ? copy_content(source, copy, depth + 1) : copy_file(source, copy);
  if (!error && directory) error = copy_attributes(source, copy, &status);
  if (copy >= 0) close(copy);
  if (source >= 0) close(source);
  return error;
}

static int copy_content(int from, int to, int depth) {
  char buffer[4096] __attribute__((aligned(8)));
  if (depth > max_depth) return ENAMETOOLONG;
  for (;;) {
    long length = syscall(SYS_getdents64, from, buffer, sizeof buffer);
    if (length <= 0) return length < 0 ? errno : 0;
    for (long at = 0; at < length;) {
      const struct entry *entry = (const struct entry *)(buffer + at);
      at += entry->length;
      if (!strcmp(entry->name, ".") || !strcmp(entry->name, "..")) continue;
      int error = copy_entry(from, to, entry->name, depth);
      if (error) return error;
    }
  }
}

/// Copies what is in the directory `from` into the new mount `to`, both O_PATH descriptors.
int copy_up(int from, int to) {
  int source = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), error = 0;
  int copy = openat(to, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (source < 0 || copy < 0) error = errno;
  else error = copy_content(source, copy, 0);
  if (source >= 0) close(source);
  if (copy >= 0) close(copy);
  return error;
}
