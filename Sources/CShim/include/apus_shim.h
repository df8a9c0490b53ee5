// What Swift cannot import itself: variadic calls, macros, and system calls that glibc 2.36 does not wrap.
// Each function returns what the kernel returns and leaves errno; none allocates.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

int apus_openat(int dirfd, const char *path, int flags, mode_t mode);
/// openat2(2) with the resolve flags of linux/openat2.h.
int apus_openat2(int dirfd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);
int apus_fcntl(int fd, int command, long argument);
int apus_pipe(int ends[2]);  // closed on exec
struct sockaddr;
/// accept4(2) with SOCK_CLOEXEC.
int apus_accept_from(int socket, struct sockaddr *address, unsigned *length);
int apus_memfd_create(const char *name, unsigned flags);
int apus_renameat2(int olddir, const char *oldpath, int newdir, const char *newpath, unsigned flags);
int apus_mknodat(int dirfd, const char *path, mode_t mode, unsigned major, unsigned minor);
unsigned apus_major(dev_t device);
unsigned apus_minor(dev_t device);

// pidfds (pidfd_open(2), pidfd_send_signal(2))
int apus_pidfd_open(pid_t pid, unsigned flags);
int apus_pidfd_send_signal(int pidfd, int signal);
int apus_pidfd_getfd(int pidfd, int descriptor);

// The mount API by descriptors (fsopen(2), fsconfig(2), fsmount(2), open_tree(2), mount_setattr(2))
int apus_fsopen(const char *type, unsigned flags);
int apus_fsconfig_string(int fd, const char *key, const char *value);
int apus_fsconfig_flag(int fd, const char *key);
int apus_fsconfig_create(int fd);
int apus_fsconfig_reconfigure(int fd);
int apus_fsmount(int fd, unsigned flags, unsigned attributes);
/// The file system mounted at an open place, to be reconfigured (fspick(2)).
int apus_fspick(int fd);
int apus_open_tree(int dirfd, const char *path, unsigned flags);
/// A working directory of this thread alone (unshare(2), CLONE_FS).
int apus_unshare_directory(void);
/// A mount namespace of our own from which nothing spreads to the host's.
int apus_unshare_mounts(void);
int apus_mount_setattr(int dirfd, const char *path, unsigned flags, uint64_t set, uint64_t clear, uint64_t propagation, int userns);

// Terminals
int apus_get_window_size(int fd, unsigned short *rows, unsigned short *columns);
int apus_set_window_size(int fd, unsigned short rows, unsigned short columns);

// Sockets: one message with up to `count` descriptors (SCM_RIGHTS); `received` counts those that came.
ssize_t apus_send_message(int socket, const void *data, size_t length, const int *descriptors, size_t count);
ssize_t apus_receive_message(int socket, void *data, size_t length, int *descriptors, size_t capacity, size_t *received);

// wait(2)'s macro
int apus_exited(int status);

/// "ENOENT" for 2; NULL for a number that has no name.
const char *apus_errno_name(int number);

/// Starts the program behind `program` (an open O_PATH or readable descriptor, run by execveat(2)) in a vfork child with
/// descriptor i of `descriptors` as its descriptor i, everything else closed on exec, the default signal actions and an empty mask.
/// Returns the pid, or -1 with errno, also when execveat failed.
pid_t apus_spawn(int program, char *const arguments[], char *const environment[], const int *descriptors, size_t count, int new_session);

/// What a hook has in common with the container's program: a filter of `count` structs sock_filter (none for 0), and its rights, unless
/// `keeps_rights` says that they are the runtime's. Capabilities are masks.
struct apus_hook_program {
  const void *instructions;
  unsigned short count;
  _Bool no_new_privileges, keeps_rights;
  uid_t uid;
  gid_t gid;
  const gid_t *groups;
  size_t group_count;
  uint64_t bounding, effective, permitted, inheritable, ambient;
};

/// Starts a hook of an OCI runtime by fork and execve, with these three descriptors as its stdio, in `directory` where that exists.
/// With a pidfd of a container (else -1) it runs in these namespaces of it. `report` is a pipe on which an errno comes if the hook cannot
/// be run, and nothing if it runs. Returns the pid, or -1 with errno.
pid_t apus_spawn_hook(const char *path, char *const arguments[], char *const environment[], const int stdio[3], const char *directory,
                      int container, int namespaces, const struct apus_hook_program *program, int *report);

// Locks that belong to the open file and travel with its descriptors (fcntl(2), open file description locks).
int apus_lock_try(int fd);
/// 1 when somebody holds the lock, 0 when nobody does. Takes nothing.
int apus_lock_held(int fd);

/// Blocks the signals and makes a non-blocking descriptor that they are read from (signalfd(2)).
int apus_signal_queue(const int *signals, size_t count);
/// The next signal that waits there; 0 when none does.
int apus_signal_next(int fd);

/// Exchanges two names in one step (renameat2(2), RENAME_EXCHANGE); -1 with errno.
int apus_exchange(int directory, const char *one, const char *other);

/// A counter to be polled, non-blocking (eventfd(2)).
int apus_event_counter(void);

/// A new user namespace with these maps, held by nothing but the descriptor; -1 with errno.
int apus_make_user_namespace(const char *uid_map, const char *gid_map);
