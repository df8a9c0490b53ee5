/* The program at an interface's ingress: by tcx where the kernel has it (6.6), which is the shorter way for packets, else by a filter of clsact. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "apus_switch.h"

/* BPF_TCX_INGRESS of enum bpf_attach_type, which older headers lack. For it target_fd holds the interface. */
enum { TCX_INGRESS = 46 };

static int ask(int command, union bpf_attr *attributes) { return (int)syscall(SYS_bpf, command, attributes, sizeof *attributes); }

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

static int find_tcx(uint32_t interface) {
	uint32_t ids[64] = {0};
	union bpf_attr attributes;
	memset(&attributes, 0, sizeof attributes);
	attributes.query.target_fd = interface;
	attributes.query.attach_type = TCX_INGRESS;
	attributes.query.prog_ids = (uintptr_t)ids;
	attributes.query.prog_cnt = 64;
	if (ask(BPF_PROG_QUERY, &attributes)) return -1;
	for (uint32_t index = 0; index < attributes.query.prog_cnt && index < 64; index++) {
		int program = open_ours(ids[index]);
		if (program >= 0) return program;
	}
	errno = ENOENT;
	return -1;
}

static int find_filter(uint32_t interface) {
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

int apus_switch_attached(uint32_t interface) {
	int program = find_tcx(interface);
	return program >= 0 ? program : find_filter(interface);
}

static int attach_filter(uint32_t interface, int program) {
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)interface, .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, options, .handle = 1, .priority = 1, .prog_fd = program, .flags = BPF_TC_F_REPLACE);
	libbpf_print_fn_t before = libbpf_set_print(NULL);
	int error = bpf_tc_hook_create(&hook);
	if (!error || error == -EEXIST) error = bpf_tc_attach(&hook, &options);
	libbpf_set_print(before);
	errno = -error;
	return error ? -1 : 0;
}

int apus_switch_attach(uint32_t interface, int program) {
	union bpf_attr attributes;
	int old = find_tcx(interface);
	/* EINVAL: the kernel does not know tcx. */
	if (old < 0 && errno != ENOENT) return attach_filter(interface, program);
	memset(&attributes, 0, sizeof attributes);
	attributes.target_fd = interface;
	attributes.attach_bpf_fd = (uint32_t)program;
	attributes.attach_type = TCX_INGRESS;
	if (old >= 0) {
		attributes.attach_flags = BPF_F_REPLACE;
		attributes.replace_bpf_fd = (uint32_t)old;
	}
	int result = ask(BPF_PROG_ATTACH, &attributes), error = errno;
	if (old >= 0) close(old);
	/* The very program that is there already. */
	if (result && old >= 0 && error == EEXIST) return 0;
	errno = error;
	return result;
}

int apus_switch_detach(uint32_t interface) {
	union bpf_attr attributes;
	int old = find_tcx(interface);
	if (old >= 0) {
		memset(&attributes, 0, sizeof attributes);
		attributes.target_fd = interface;
		attributes.attach_bpf_fd = (uint32_t)old;
		attributes.attach_type = TCX_INGRESS;
		int result = ask(BPF_PROG_DETACH, &attributes), error = errno;
		close(old);
		errno = error;
		return result;
	}
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)interface, .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, options, .handle = 1, .priority = 1);
	libbpf_print_fn_t before = libbpf_set_print(NULL);
	int error = bpf_tc_detach(&hook, &options);
	libbpf_set_print(before);
	errno = -error;
	return error ? -1 : 0;
}
