// Device programs of cgroup v2: BPF_PROG_TYPE_CGROUP_DEVICE by bpf(2).
// Each function returns what the kernel returns and leaves errno.
#pragma once
#include <stdint.h>

/// Loads `count` instructions of eight bytes; the descriptor of the program.
int apus_bpf_load_device_program(const uint64_t *instructions, uint32_t count);
/// Binds a program to a cgroup, in the place of `replaced` where that is a descriptor and not -1.
int apus_bpf_attach_device_program(int cgroup, int program, int replaced);
/// The descriptor of the program that `apus_bpf_attach_device_program` bound to this cgroup; -1 with ENOENT where there is none.
int apus_bpf_find_device_program(int cgroup);
