// The launch plan: what Swift decides and C obeys. One block, position independent: every reference is an offset from its start, and
// offset 0 means none. It is compiled by ContainerRuntime/Plan, sent as a memfd, and interpreted by monitor/, which allocates nothing.
//
//   CLI (Swift)                    apus-monitor                      container process
//   spawn ["network"] ------------>| makes the container's network namespace, if told to
//   <-- 'n', descriptor of it -----| if spawned with ["networks"]: devices are made in it before the plan is sent
//   'P' plan, descriptors -------->| maps and checks the plan
//                                  | `outer` steps (intermediate)
//                                  | clone3 ------------------------>| `inner` steps
//                                  |<------ APUS_CHILD_MAP_IDS ------| (user namespace only)
//                                  | writes uid_map, gid_map ------->|
//                                  |<------ APUS_CHILD_CONSOLE fd ---| (terminal only)
//   <-- 'l' listener, descriptor --|<------ APUS_CHILD_LISTENER -----| (seccomp notification only)
//   'l' the agent has it --------->|-------------------------------->|
//                                  |<------ APUS_CHILD_FAILED -------| at any point
//                                  |                                 | `final` steps, the last is exec
//                                  |<------ end of file -------------| exec worked
//   <----- 's' started / 'f' failed|
//   <----> frames of stdio ------->|<------------------------------->|
//                                  |<------ exit --------------------|
//                                  | `after` steps: out-of-memory check, cgroup, files
//   <----- 'x' exit code ----------|
//
// An OCI runtime (APUS_PLAN_RUNTIME) is the parent itself: the clone has CLONE_PARENT, and the monitor ends with 's'. Between create and
// start the child waits in `final`, with its end of the channel closed; the channel is then the connection of `start`:
//
//   apus-runtime                     apus-monitor                      container process
//   <----- 'y' point, pid -----------|<------ APUS_CHILD_SYNC ---------| before the host's tree is left: hooks
//   'g' ---------------------------->|-------------------------------->|
//   <----- 'c' descriptor -----------|<------ APUS_CHILD_CONSOLE fd ---|
//   <----- 's' started --------------|<------ end of file -------------| waits for a connection
//   start: 'g' ------------------------------------------------------->| ids, capabilities, filter, exec
//   <----- APUS_CHILD_FAILED, or end of file --------------------------|
#pragma once
#include <stdint.h>

enum { APUS_PLAN_MAGIC = 0x53555041, APUS_PLAN_VERSION = 1, APUS_PLAN_MAX_SLOTS = 200, APUS_FRAME_MAX = 32768 };

enum apus_plan_flags {
  APUS_PLAN_TERMINAL = 1,      // stdio is one pseudo-terminal
  APUS_PLAN_OPEN_STDIN = 2,    // stdin is a pipe from the clients, else /dev/null
  APUS_PLAN_TIMING = 4,        // every step's duration is written into the block
  APUS_PLAN_INIT = 8,          // process 1 is our init and the program its child
  APUS_PLAN_INTERMEDIATE = 16, // `outer` changes its own user namespace: run it in a process of its own
  APUS_PLAN_STDIN_ONCE = 32,   // stdin ends with the first client's
  APUS_PLAN_RUNTIME = 64,      // the container is the caller's child and has its stdio; the monitor tells of the start and ends
};

// Sections, in the order they run. `outer` runs before the clone, `inner` and `final` after it, `after` when the container has ended.
enum apus_section { APUS_OUTER, APUS_INNER, APUS_FINAL, APUS_AFTER, APUS_SECTIONS };

// What a step does; n[] are its numbers, s[] its strings. A slot is an index into the descriptors that came with the plan.
enum apus_step_kind {
  APUS_STEP_NONE,
  APUS_STEP_SET_NAMESPACE,    // n0 slot (namespace file or pidfd), n1 CLONE_NEW* set                     setns(2)
  APUS_STEP_TIME_OFFSETS,     // s0 lines for /proc/self/timens_offsets; unshares the time namespace      time_namespaces(7)
  APUS_STEP_ENTER_CGROUP,     // n0 slot of an open v1 tasks file
  APUS_STEP_MAP_IDS,          // waits until the parent has written the id maps, then becomes 0:0         user_namespaces(7)
  APUS_STEP_UNSHARE,          // n0 CLONE_NEW* set                                                        unshare(2)
  APUS_STEP_NEW_SESSION,      // setsid(2)
  APUS_STEP_PROPAGATION,      // s0 path, n0 MS_* propagation flags                                       mount(2)
  APUS_STEP_ENTER_ROOT,       // n0 slot of a detached mount: it becomes the root, under the host's tree  pivot_root(2)
  APUS_STEP_MOUNT,            // s0 type, s1 source, s2 target, s3 options, n0 MOUNT_ATTR_*, n1 flags, n2 propagation, n3 slot + 1 of a user namespace for ids
  APUS_STEP_ATTACH,           // n0 slot of a detached mount, s0 target, n1 flags                         move_mount(2)
  APUS_STEP_COVER_HOST,       // n0 slot of the root: a copy of it goes over the host's tree, to which /.. leads
  APUS_STEP_LEAVE_HOST,       // unmounts the host's tree from over the root                              umount2(2)
  APUS_STEP_DIRECTORY,        // s0 path, n0 mode, n1 uid, n2 gid
  APUS_STEP_SYMLINK,          // s0 target, s1 path, n0 whether what is there is replaced
  APUS_STEP_NODE,             // s0 path, n0 mode with type, n1 major << 32 | minor, n2 uid << 32 | gid   mknod(2)
  APUS_STEP_CONSOLE,          // opens a pseudo-terminal, sends its master, and mounts it on /dev/console if n0 is set; n1 1 for line ends as they are
  APUS_STEP_STDIO,            // puts stdin, stdout and stderr in place, owned by n0 uid, n1 gid
  APUS_STEP_HOSTNAME,         // s0
  APUS_STEP_DOMAINNAME,       // s0
  APUS_STEP_LOOPBACK,         // lo up
  APUS_STEP_WRITE,            // s0 path below /proc, s1 value (sysctls, oom_score_adj)
  APUS_STEP_MASK,             // s0 path: covered by /dev/null or an empty read-only tmpfs; a missing path is fine
  APUS_STEP_READ_ONLY,        // s0 path: bound over itself, read-only, without mounts below; a missing path is fine
  APUS_STEP_SET_READ_ONLY,    // s0 path of a mount, "/" or one that a step made: it becomes read-only    mount_setattr(2)
  APUS_STEP_RESOURCE_LIMIT,   // n0 RLIMIT_*, n1 soft, n2 hard                                            setrlimit(2)
  APUS_STEP_KEYRING,          // s0 name of a new session keyring                                         keyctl(2)
  APUS_STEP_UMASK,            // n0
  APUS_STEP_NO_NEW_PRIVILEGES,// prctl(2)
  APUS_STEP_SECCOMP,          // s0 sock_filter array, n0 its length in instructions, n1 seccomp(2) flags
  APUS_STEP_BOUNDING,         // n0 mask: every other capability leaves the bounding set                  capabilities(7)
  APUS_STEP_GROUPS,           // s0 uint32_t array, n0 count                                              setgroups(2)
  APUS_STEP_IDS,              // n0 uid, n1 gid, keeping capabilities                                     setresuid(2)
  APUS_STEP_CAPABILITIES,     // n0 effective, n1 permitted, n2 inheritable, n3 ambient masks
  APUS_STEP_DIRECTORY_CHANGE, // s0 working directory; it must lie inside the root; n0 1 for a first try, after whose success the second does nothing
  APUS_STEP_DEATH_SIGNAL,     // n0 signal that the monitor's death sends                                 prctl(2)
  APUS_STEP_EXEC,             // runs the plan's arguments, looked up in PATH
  APUS_STEP_OUT_OF_MEMORY,    // s0 memory.events or memory.oom_control: its oom_kill count               (after)
  APUS_STEP_RECORD_EXIT,      // n0 slot of a directory, s0 file name: the exit record, by rename            (after)
  APUS_STEP_REMOVE_CGROUP,    // s0 directory, removed with those below it; n0 1: the one above too, if it is empty   (after)
  APUS_STEP_REMOVE_TREE,      // s0 path                                                                  (after)
  APUS_STEP_REMOVE_LINK,      // s0 symbolic link, s1 target: removed while it leads there                (after)
  APUS_STEP_SYNC,             // n0 point: waits until the first client says go on
  APUS_STEP_WAIT_START,       // n0 slot of a listening socket: the start is told to the monitor, and `start` is waited for
  APUS_STEP_PRESERVE,         // n0 first slot, n1 count: they become descriptors 3 and up of the program
  APUS_STEP_ENTER_BUNDLE_ROOT,// n0 slot of a detached mount, s0 path on the host: attached there and entered, the host's tree stays   chroot(2)
  APUS_STEP_LEAVE_BUNDLE_ROOT,// n0 slot of that mount, n1 1 for a host whose root cannot be pivoted: the host's tree goes
  APUS_STEP_FIND_PROGRAM,     // the program must be there, or `create` fails and not `start`
  APUS_STEP_SECURITY_LABEL,   // s0 attr/exec file below the host's /proc, s1 its text: the label that the exec gives
  APUS_STEP_SCHEDULER,        // s0 struct sched_attr                                                     sched_setattr(2)
  APUS_STEP_IO_PRIORITY,      // n0 class << 13 | priority                                                ioprio_set(2)
  APUS_STEP_AFFINITY,         // s0 mask of processors, n0 its bytes; 0: every one that the cgroup has    sched_setaffinity(2)
  APUS_STEP_PERSONALITY,      // n0 PER_*                                                                 personality(2)
  APUS_STEP_MEMORY_POLICY,    // n0 MPOL_* and flags, s0 mask of nodes, n1 its bytes, may be 0            set_mempolicy(2)
  APUS_STEP_RAISE_LIMIT,      // n0 RLIMIT_*, n1 hard: raised to it where it is lower                     setrlimit(2)
  APUS_STEP_REMOUNT,          // s0 target, s1 options for its file system or none, n0 MOUNT_ATTR_* to set, n1 to clear    fspick(2)
  APUS_STEP_BIND_INSIDE,      // s0 source in the container, s1 target, n0 flags | 1 << 32 with mounts below | 1 << 33 ids of those too, n1 MOUNT_ATTR_* to
                              // set | to clear << 32, n2 the same for the whole tree, n3 slot + 1 of a user namespace for ids     open_tree(2)
  APUS_STEP_RELEASE_LINKS,    // n0 slot of a directory, s0 file that lists symbolic links, s1 target: removed while they lead there   (after)
  APUS_STEP_SEND_FILE,        // n0 slot of a directory, s0 file, n1 slot of a socket that gets its bytes, if it is there   (after)
  APUS_STEP_KINDS
};

enum apus_mount_flags {
  APUS_MOUNT_MAKE_DIRECTORY = 1, // make a missing target, a directory
  APUS_MOUNT_MAKE_FILE = 2,      // make a missing target, an empty file
  APUS_MOUNT_NO_SYMLINKS = 4,    // a symbolic link in the target is an error (proc, sysfs)
  APUS_MOUNT_OPTIONAL = 8,       // a file system that this kernel does not have is left out
  APUS_MOUNT_FROM_PROC = 16,     // what is attached must be procfs
  APUS_MOUNT_COPY_UP = 32,       // a tmpfs gets what its target holds
};

struct apus_step {
  uint16_t kind;
  uint16_t reserved;
  uint32_t field;       // offset of the spec field it comes from, text for people
  uint64_t nanoseconds; // written by the interpreter when APUS_PLAN_TIMING is set
  uint64_t n[4];
  uint32_t s[4];
};

struct apus_bounds { uint32_t first, count; };

struct apus_plan {
  uint32_t magic, version, size, flags;
  uint64_t clone_flags;     // CLONE_NEW* for clone3(2)
  int32_t cgroup_slot;      // slot of the v2 directory for CLONE_INTO_CGROUP, or -1
  int32_t log_slot;         // slot of the directory that gets the file `log` with the first output, or -1
  int32_t run_slot;         // slot of the run directory (state, attach socket), or -1
  uint32_t kept_slots;      // the first slots stay open until the monitor ends: lock, container directory, run directory
  uint32_t slot_count;
  uint32_t uid_map, gid_map;        // text for /proc/PID/uid_map and gid_map
  uint32_t arguments, environment;  // arrays of offsets, ended by 0
  uint32_t rows, columns;           // the terminal's first size
  struct apus_bounds sections[APUS_SECTIONS]; // indices into steps
  uint32_t step_count;
  uint32_t steps;                   // offset of struct apus_step[step_count]
};

// Child to monitor. LISTENER: a seccomp filter's listener; the child waits for one byte, when the client has passed it on.
enum { APUS_CHILD_FAILED = 1, APUS_CHILD_MAP_IDS = 2, APUS_CHILD_CONSOLE = 3, APUS_CHILD_PID = 4, APUS_CHILD_SYNC = 5, APUS_CHILD_LISTENER = 6 };
struct apus_child_message {
  uint32_t kind;
  uint32_t step;   // index into steps; of SYNC the point
  int32_t error;   // errno; of LISTENER the child's number of the descriptor
  int32_t pid;
};

// Client frames: the first byte is the kind. To the monitor: 'P' plan (descriptors: memfd, slots), 'i' stdin, 'e' stdin's end,
// 'w' window size (two uint16_t), 'q' quiet: only the end is told, 'u' unread: its output goes nowhere any more, 'g' go on after a sync,
// 'l' the listener was passed on. From the monitor: 's' started, 'f' failed, 'o' stdout, 'r' stderr, 'x' exit, 'y' a sync, 'l' a seccomp
// filter's listener, 'c' the master of a terminal, 'n' the network namespace,
// each of them with the descriptor.
struct apus_started { char kind; char pad[3]; int32_t pid; uint64_t start_time; };
struct apus_failed { char kind; char pad[3]; uint32_t step; int32_t error; }; // step UINT32_MAX: the clone itself
struct apus_sync { char kind; char pad[3]; uint32_t point; int32_t pid; };
struct apus_listener { char kind; char pad[3]; int32_t pid; };
struct apus_ended { char kind; char out_of_memory; char pad[2]; int32_t code; };

_Static_assert(sizeof(struct apus_step) == 64, "a step is 64 bytes");
_Static_assert(sizeof(struct apus_plan) == 112, "the header is 112 bytes");
