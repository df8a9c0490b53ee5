// The table of steps and the small ones. Each returns 0 or an errno.
#include "monitor.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int result(long value) { return value < 0 ? errno : 0; }

static int step_set_namespace(const struct apus_step *step) { return result(setns(slots[step->n[0]], (int)step->n[1])); }
static int step_unshare(const struct apus_step *step) { return result(unshare((int)step->n[0])); }
static int step_new_session(const struct apus_step *step) { (void)step; return result(setsid()); }
static int step_propagation(const struct apus_step *step) { return result(mount(NULL, plan_text(step->s[0]), NULL, step->n[0], NULL)); }
static int step_hostname(const struct apus_step *step) { const char *name = plan_text(step->s[0]); return result(sethostname(name, strlen(name))); }
static int step_domainname(const struct apus_step *step) { const char *name = plan_text(step->s[0]); return result(setdomainname(name, strlen(name))); }
static int step_no_new_privileges(const struct apus_step *step) { (void)step; return result(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)); }
static int step_death_signal(const struct apus_step *step) { return result(prctl(PR_SET_PDEATHSIG, step->n[0], 0, 0, 0)); }
static int step_umask(const struct apus_step *step) { umask((mode_t)step->n[0]); return 0; }

static int step_time_offsets(const struct apus_step *step) {
  if (unshare(CLONE_NEWTIME) < 0) return errno;
  int fd = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  const char *text = plan_text(step->s[0]);
  int error = text && *text ? result(write(fd, text, strlen(text))) : 0;
  close(fd);
  return error;
}
/// v1: one write of "0" moves the writer, 25 times faster than a pid into cgroup.procs (no grace period for a single-threaded self).
static int step_enter_cgroup(const struct apus_step *step) {
  int error = result(write(slots[step->n[0]], "0", 1));
  forget_slot((int)step->n[0]);
  return error;
}
static int step_resource_limit(const struct apus_step *step) {
  struct rlimit limit = {.rlim_cur = step->n[1], .rlim_max = step->n[2]};
  return result(setrlimit((int)step->n[0], &limit));
}
static int step_keyring(const struct apus_step *step) {
  if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, plan_text(step->s[0])) >= 0 || errno == ENOSYS) return 0;
  return errno;
}

static int (*const table[APUS_STEP_KINDS])(const struct apus_step *) = {
  [APUS_STEP_SET_NAMESPACE] = step_set_namespace, [APUS_STEP_TIME_OFFSETS] = step_time_offsets,
  [APUS_STEP_ENTER_CGROUP] = step_enter_cgroup, [APUS_STEP_MAP_IDS] = step_map_ids,
  [APUS_STEP_UNSHARE] = step_unshare, [APUS_STEP_NEW_SESSION] = step_new_session,
  [APUS_STEP_PROPAGATION] = step_propagation, [APUS_STEP_ENTER_ROOT] = step_enter_root,
  [APUS_STEP_COVER_HOST] = step_cover_host, [APUS_STEP_LEAVE_HOST] = step_leave_host, [APUS_STEP_MOUNT] = step_mount, [APUS_STEP_ATTACH] = step_attach,
  [APUS_STEP_DIRECTORY] = step_directory, [APUS_STEP_SYMLINK] = step_symlink, [APUS_STEP_NODE] = step_node,
  [APUS_STEP_CONSOLE] = step_console, [APUS_STEP_STDIO] = step_stdio,
  [APUS_STEP_HOSTNAME] = step_hostname, [APUS_STEP_DOMAINNAME] = step_domainname, [APUS_STEP_LOOPBACK] = step_loopback,
  [APUS_STEP_WRITE] = step_write, [APUS_STEP_MASK] = step_mask, [APUS_STEP_READ_ONLY] = step_read_only,
  [APUS_STEP_SET_READ_ONLY] = step_set_read_only, [APUS_STEP_RESOURCE_LIMIT] = step_resource_limit,
  [APUS_STEP_KEYRING] = step_keyring, [APUS_STEP_UMASK] = step_umask, [APUS_STEP_NO_NEW_PRIVILEGES] = step_no_new_privileges,
  [APUS_STEP_SECCOMP] = step_seccomp, [APUS_STEP_BOUNDING] = step_bounding, [APUS_STEP_GROUPS] = step_groups,
  [APUS_STEP_IDS] = step_ids, [APUS_STEP_CAPABILITIES] = step_capabilities,
  [APUS_STEP_DIRECTORY_CHANGE] = step_directory_change, [APUS_STEP_DEATH_SIGNAL] = step_death_signal, [APUS_STEP_EXEC] = step_exec,
  [APUS_STEP_FIND_PROGRAM] = step_find_program, [APUS_STEP_SYNC] = step_sync, [APUS_STEP_WAIT_START] = step_wait_start, [APUS_STEP_PRESERVE] = step_preserve,
  [APUS_STEP_ENTER_BUNDLE_ROOT] = step_enter_bundle_root, [APUS_STEP_LEAVE_BUNDLE_ROOT] = step_leave_bundle_root,
  [APUS_STEP_SECURITY_LABEL] = step_write, [APUS_STEP_SCHEDULER] = step_scheduler, [APUS_STEP_IO_PRIORITY] = step_io_priority,
  [APUS_STEP_AFFINITY] = step_affinity, [APUS_STEP_PERSONALITY] = step_personality, [APUS_STEP_MEMORY_POLICY] = step_memory_policy,
  [APUS_STEP_RAISE_LIMIT] = step_raise_limit,
  [APUS_STEP_REMOUNT] = step_remount, [APUS_STEP_BIND_INSIDE] = step_bind_inside,
};

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/// Obeys the steps of a section in order; at a failure `failed` is the step's index in the plan.
int run_section(enum apus_section section, uint32_t *failed) {
  bool timing = plan->flags & APUS_PLAN_TIMING;
  uint64_t before = timing ? now() : 0;
  for (uint32_t i = 0; i < plan->sections[section].count; i++) {
    *failed = plan->sections[section].first + i;
    struct apus_step *step = plan_step(*failed);
    int error = table[step->kind] ? table[step->kind](step) : EINVAL;
    if (timing) { uint64_t after = now(); step->nanoseconds = after - before; before = after; }
    if (error) return error;
  }
  return 0;
}
