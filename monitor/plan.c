// Receives the plan and checks that nothing in it points outside the block, so that the steps need not.
#include "monitor.h"
#include "apus_shim.h"
#include <sys/mman.h>
#include <sys/stat.h>

struct apus_plan *plan;
int slots[APUS_PLAN_MAX_SLOTS];

const char *plan_text(uint32_t offset) { return offset ? (const char *)plan + offset : NULL; }
struct apus_step *plan_step(uint32_t index) { return (struct apus_step *)((char *)plan + plan->steps) + index; }

static bool has_array(uint32_t offset) {
  if (offset % 4 || offset >= plan->size) return false;
  for (const uint32_t *item = (const uint32_t *)((char *)plan + offset);; item++) {
    if ((const char *)(item + 1) > (const char *)plan + plan->size) return false;
    if (*item == 0) return true;
    if (*item >= plan->size) return false;
  }
}
static bool has_slot(int32_t slot) { return slot >= -1 && slot < (int32_t)plan->slot_count; }
static bool has_bytes(uint32_t offset, uint64_t length) { return offset && offset < plan->size && length <= plan->size - offset; }

static bool check_step(const struct apus_step *step) {
  if (step->kind == 0 || step->kind >= APUS_STEP_KINDS || step->field >= plan->size) return false;
  for (int i = 0; i < 4; i++) if (step->s[i] >= plan->size) return false;
  switch (step->kind) {
    case APUS_STEP_SET_NAMESPACE: case APUS_STEP_ENTER_CGROUP: case APUS_STEP_ENTER_ROOT: case APUS_STEP_COVER_HOST: case APUS_STEP_ATTACH: case APUS_STEP_RECORD_EXIT:
    case APUS_STEP_WAIT_START: case APUS_STEP_ENTER_BUNDLE_ROOT: case APUS_STEP_LEAVE_BUNDLE_ROOT:
      return step->n[0] < plan->slot_count;
    case APUS_STEP_RELEASE_LINKS: return step->n[0] < plan->slot_count && step->s[0] && step->s[1];
    case APUS_STEP_SEND_FILE: return step->n[0] < plan->slot_count && step->n[1] < plan->slot_count && step->s[0];
    case APUS_STEP_PRESERVE: return step->n[0] <= plan->slot_count && step->n[1] <= plan->slot_count - step->n[0];
    case APUS_STEP_SECCOMP: return step->n[0] < 65536 && has_bytes(step->s[0], step->n[0] * 8);
    case APUS_STEP_GROUPS: return step->n[0] == 0 || (step->n[0] < 65536 && has_bytes(step->s[0], step->n[0] * 4));
    case APUS_STEP_SECURITY_LABEL: return step->s[0] && step->s[1];
    case APUS_STEP_SCHEDULER: return has_bytes(step->s[0], 56); // struct sched_attr
    case APUS_STEP_AFFINITY: return step->n[0] == 0 || has_bytes(step->s[0], step->n[0]);
    case APUS_STEP_MEMORY_POLICY: return step->n[1] == 0 || (step->n[1] <= 8192 && has_bytes(step->s[0], step->n[1]));
    case APUS_STEP_BIND_INSIDE: return step->s[0] && step->s[1] && step->n[3] <= plan->slot_count;
    case APUS_STEP_MOUNT: return step->s[0] && step->s[2] && step->n[3] <= plan->slot_count;
    default: return true;
  }
}

static bool check(size_t size, size_t received) {
  if (size < sizeof *plan || plan->magic != APUS_PLAN_MAGIC || plan->version != APUS_PLAN_VERSION || plan->size != size) return false;
  if (((const char *)plan)[size - 1] != 0) return false; // every text ends within the block
  if (plan->slot_count != received || plan->slot_count > APUS_PLAN_MAX_SLOTS) return false;
  if (!has_slot(plan->cgroup_slot) || !has_slot(plan->log_slot) || !has_slot(plan->run_slot)) return false;
  if (plan->kept_slots > plan->slot_count) return false;
  if (!has_array(plan->arguments) || !has_array(plan->environment)) return false;
  if (plan->uid_map >= size || plan->gid_map >= size) return false;
  if (plan->steps % 8 || plan->step_count > 65536 || !has_bytes(plan->steps, (uint64_t)plan->step_count * sizeof(struct apus_step))) return false;
  for (int i = 0; i < APUS_SECTIONS; i++)
    if (plan->sections[i].first > plan->step_count || plan->sections[i].count > plan->step_count - plan->sections[i].first) return false;
  for (uint32_t i = 0; i < plan->step_count; i++) if (!check_step(plan_step(i))) return false;
  return true;
}

/// Waits for the frame 'P' and maps its memfd. False when the client went away or the plan is not one of this version.
bool plan_receive(int socket) {
  char kind = 0;
  size_t received = 0;
  static int descriptors[APUS_PLAN_MAX_SLOTS + 1];
  ssize_t length = apus_receive_message(socket, &kind, 1, descriptors, APUS_PLAN_MAX_SLOTS + 1, &received);
  if (length != 1 || kind != 'P' || received < 1) return false;
  struct stat status;
  if (fstat(descriptors[0], &status) < 0 || status.st_size < (off_t)sizeof *plan || status.st_size > 64 << 20) return false;
  plan = mmap(NULL, status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptors[0], 0);
  if (plan == MAP_FAILED) return false;
  for (size_t i = 1; i < received; i++) slots[i - 1] = descriptors[i];
  return check(status.st_size, received - 1);
}
