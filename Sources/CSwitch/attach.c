/* The program at an interface's ingress: a filter of tc's clsact. Not tcx, which Linux 6.6 has: packets' way would be a little shorter, but to attach
 * waits for a grace period of RCU with the lock of all interfaces held, which takes longer than everything else that a port needs. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "apus_switch.h"

static int is_ours(int program) {
	struct bpf_prog_info info = {0};
	uint32_t length = sizeof info;
	return bpf_obj_get_info_by_fd(program, &info, &length) == 0 && strcmp(info.name, "apus_switch") == 0;
}

/* The descriptor of a program of ours, or -1: ENOENT. */
static int open_ours(uint32_t id) {
	int program = bpf_prog_get_fd_by_id(id);
	if (program >= 0 && is_ours(program)) return program;
	if (program >= 0) close(program);
	errno = ENOENT;
	return -1;
}

int apus_switch_attached(uint32_t interface) {
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)interface, .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, options, .handle = 1, .priority = 1);
	libbpf_print_fn_t before = libbpf_set_print(NULL);
	int error = bpf_tc_query(&hook, &options);
	libbpf_set_print(before);
	if (!error) return open_ours(options.prog_id);
	/* Without clsact the kernel says EINVAL. */
	errno = error == -EINVAL ? ENOENT : -error;
	return -1;
}

int apus_switch_attach(uint32_t interface, int program) {
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)interface, .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, options, .handle = 1, .priority = 1, .prog_fd = program, .flags = BPF_TC_F_REPLACE);
	libbpf_print_fn_t before = libbpf_set_print(NULL);
	int error = bpf_tc_hook_create(&hook);
	if (!error || error == -EEXIST) error = bpf_tc_attach(&hook, &options);
	libbpf_set_print(before);
	errno = -error;
	return error ? -1 : 0;
}

int apus_switch_detach(uint32_t interface) {
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)interface, .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, options, .handle = 1, .priority = 1);
	libbpf_print_fn_t before = libbpf_set_print(NULL);
	int error = bpf_tc_detach(&hook, &options);
	libbpf_set_print(before);
	errno = -error;
	return error ? -1 : 0;
}
