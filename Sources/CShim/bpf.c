#include "apus_bpf.h"
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/// Tells our programs from systemd's, which may be bound to the same cgroup.
static const char program_name[] = "apus_devices";

static int bpf(int command, union bpf_attr *attributes) { return syscall(SYS_bpf, command, attributes, sizeof *attributes); }

int apus_bpf_load_device_program(const uint64_t *instructions, uint32_t count) {
  union bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  attributes.insns = (uintptr_t)instructions;
  attributes.insn_cnt = count;
  attributes.license = (uintptr_t)"Apache-2.0";
  memcpy(attributes.prog_name, program_name, sizeof program_name);
  return bpf(BPF_PROG_LOAD, &attributes);
}

int apus_bpf_attach_device_program(int cgroup, int program, int replaced) {
  union bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.target_fd = cgroup;
  attributes.attach_bpf_fd = program;
  attributes.attach_type = BPF_CGROUP_DEVICE;
  // Programs of the cgroups above go on deciding too.
  attributes.attach_flags = BPF_F_ALLOW_MULTI;
  if (replaced >= 0) { attributes.attach_flags |= BPF_F_REPLACE; attributes.replace_bpf_fd = replaced; }
  return bpf(BPF_PROG_ATTACH, &attributes);
}

int apus_bpf_find_device_program(int cgroup) {
  uint32_t ids[64];
  union bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.query.target_fd = cgroup;
  attributes.query.attach_type = BPF_CGROUP_DEVICE;
  attributes.query.prog_ids = (uintptr_t)ids;
  attributes.query.prog_cnt = sizeof ids / sizeof *ids;
  if (bpf(BPF_PROG_QUERY, &attributes) < 0) return -1;
  uint32_t count = attributes.query.prog_cnt;
  for (uint32_t i = 0; i < count; i++) {
    memset(&attributes, 0, sizeof attributes);
    attributes.prog_id = ids[i];
    int program = bpf(BPF_PROG_GET_FD_BY_ID, &attributes);
    if (program < 0) continue;
    struct bpf_prog_info info;
    memset(&info, 0, sizeof info);
    memset(&attributes, 0, sizeof attributes);
    attributes.info.bpf_fd = program;
    attributes.info.info_len = sizeof info;
    attributes.info.info = (uintptr_t)&info;
    if (bpf(BPF_OBJ_GET_INFO_BY_FD, &attributes) == 0 && strcmp(info.name, program_name) == 0) return program;
    close(program);
  }
  errno = ENOENT;
  return -1;
}
