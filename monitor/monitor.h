// What the files of apus-monitor share. One process, one thread, no allocation: everything is static.
#pragma once
#include "apus_launch_plan.h"
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/// The socket of the client that started us.
enum { control = 3 };

/// The plan and the descriptors that came with it.
extern struct apus_plan *plan;
extern int slots[APUS_PLAN_MAX_SLOTS];

/// What the container process needs from the monitor, besides the plan.
struct child_wiring {
  int channel;        // its end of the socket for struct apus_child_message
  int stdio[3];       // its ends of the pipes, or -1 for /dev/null
};
extern struct child_wiring wiring;

/// The container as the monitor knows it.
struct container {
  pid_t pid;
  int pidfd;
  int stdio[3];        // our ends of the pipes; with a terminal only [0] and [1], both its master
  bool out_of_memory;
  int code;            // 0-255, 128 + signal when killed
};

// plan.c
const char *plan_text(uint32_t offset);
struct apus_step *plan_step(uint32_t index);
bool plan_receive(int socket);

// steps*.c: 0 or an errno
int run_section(enum apus_section section, uint32_t *failed);
int step_mount(const struct apus_step *step);
int step_attach(const struct apus_step *step);
int step_bind_inside(const struct apus_step *step);
int attach_at(int mount, const char *target, uint64_t flags);
int step_enter_root(const struct apus_step *step);
int step_cover_host(const struct apus_step *step);
int step_leave_host(const struct apus_step *step);
int step_mask(const struct apus_step *step);
int step_read_only(const struct apus_step *step);
int step_set_read_only(const struct apus_step *step);
int step_console(const struct apus_step *step);
int step_directory(const struct apus_step *step);
int step_symlink(const struct apus_step *step);
int step_node(const struct apus_step *step);
int step_stdio(const struct apus_step *step);
int step_loopback(const struct apus_step *step);
int step_write(const struct apus_step *step);
int step_directory_change(const struct apus_step *step);
int step_map_ids(const struct apus_step *step);
int step_seccomp(const struct apus_step *step);
int step_bounding(const struct apus_step *step);
int step_groups(const struct apus_step *step);
int step_ids(const struct apus_step *step);
int step_capabilities(const struct apus_step *step);
int step_exec(const struct apus_step *step);
int step_find_program(const struct apus_step *step);
int step_scheduler(const struct apus_step *step);
int step_io_priority(const struct apus_step *step);
int step_affinity(const struct apus_step *step);
int step_personality(const struct apus_step *step);
int step_memory_policy(const struct apus_step *step);
int step_raise_limit(const struct apus_step *step);
int open_target(const char *path, uint64_t flags, int *error);
int step_remount(const struct apus_step *step);
int move_to(int mount, int target);
int clone_mount(int fd, unsigned recursive);

// targets.c: descriptors of places below the root, or -1 with `error`
int open_or_make_target(const char *path, uint64_t flags, bool *made, int *error);
int open_or_make_directory(const char *path, mode_t mode, uid_t uid, gid_t gid, int *error);
int open_or_make_parent(const char *path, const char **name, int *error);

// copy_up.c
int copy_up(int from, int to);

// sync.c: the steps of an OCI runtime
int step_sync(const struct apus_step *step);
int step_wait_start(const struct apus_step *step);
int step_preserve(const struct apus_step *step);

// steps_root.c
int step_enter_bundle_root(const struct apus_step *step);
int step_leave_bundle_root(const struct apus_step *step);

// child.c
void forget_slot(int slot);
void child_main(void) __attribute__((noreturn));
void child_send(uint32_t kind, uint32_t step, int error, int descriptor);

// start.c: starts the container; false with `failed` and `error` set
bool start_container(struct container *container, uint32_t *failed, int *error);

// init.c: process 1 of a container with --init
void init_main(pid_t program) __attribute__((noreturn));

// clients.c: those who are attached, by their index
enum { max_clients = 16 };
struct outgoing { uint32_t pending; size_t length; char frame[APUS_FRAME_MAX]; }; // one frame, and the set of clients that have not taken it
extern struct outgoing outgoing[3]; // of stdout, of stderr, and the last one
extern int clients[max_clients];    // -1 where there is none
extern uint32_t quiet;              // the set of clients that only wait for the end
extern int listener;
void clients_open(int first, pid_t pid);
void clients_accept(void);
void clients_drop(int index);
void clients_hush(int index);
void clients_flush(struct outgoing *out);
void clients_offer(struct outgoing *out, size_t length, uint32_t to);

// stdio.c: moves bytes until the container has ended; then gives the clients the rest and the exit code
void serve(struct container *container, int client);
void serve_end(const struct container *container);

// log.c
void log_write(char stream, const char *data, size_t length);

// after.c: the steps of the section `after`
void run_after(struct container *container);
void write_state(const struct container *container);
