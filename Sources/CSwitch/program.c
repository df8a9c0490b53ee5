#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apus_switch.h"

/* Compiled from bpf/ by the Makefile. */
#pragma clang diagnostic ignored "-Wc23-extensions"
#if !__has_embed("../../build/bpf/switch.bpf.o")
#error "build/bpf/switch.bpf.o is missing: run `make build/bpf/switch.bpf.o` first (the other targets of the Makefile do)"
#endif
static const uint8_t object[] __attribute__((aligned(8))) = {
#embed "../../build/bpf/switch.bpf.o"
};

static const char *const names[APUS_PARTS] = {
	"apus_config", "apus_masks", "apus_flows", "apus_programs", "apus_hints", "apus_ports", "apus_interfaces",
	"apus_slots", "apus_near", "apus_counters", "apus_drops", "apus_pending", "apus_meters", "apus_switch",
};

uint64_t apus_switch_build(void) {
	uint64_t hash = 0xcbf29ce484222325; /* FNV-1a */
	for (size_t index = 0; index < sizeof object; index++) hash = (hash ^ object[index]) * 0x100000001b3;
	return hash;
}

static _Thread_local char *log_text;
static _Thread_local size_t log_room;

/* Keeps the last of what libbpf says. */
static int keep_log(enum libbpf_print_level level, const char *format, va_list arguments) {
	if (level == LIBBPF_DEBUG || !log_text) return 0;
	char line[512];
	vsnprintf(line, sizeof line, format, arguments);
	line[strcspn(line, "\n")] = 0;
	if (level == LIBBPF_WARN && !log_text[0]) snprintf(log_text, log_room, "%s", line);
	return 0;
}

static int set_up(struct bpf_object *loaded, struct apus_switch *parts, uint32_t flows, uint32_t programs) {
	for (int part = 0; part < APUS_PART_PROGRAM; part++) {
		struct bpf_map *map = bpf_object__find_map_by_name(loaded, names[part]);
		if (!map) return -ENOENT;
		int error = 0;
		if (parts->parts[part] >= 0)
			error = bpf_map__reuse_fd(map, parts->parts[part]);
		else if (part == APUS_PART_FLOWS)
			error = bpf_map__set_max_entries(map, flows);
		else if (part == APUS_PART_PROGRAMS)
			error = bpf_map__set_max_entries(map, programs);
		if (error) return error;
	}
	return bpf_object__load(loaded);
}

int apus_switch_load(struct apus_switch *parts, uint32_t flows, uint32_t programs, char *log, size_t log_size) {
	log[0] = 0;
	log_text = log;
	log_room = log_size;
	libbpf_print_fn_t before = libbpf_set_print(keep_log);
	int error = 0;
	struct bpf_object *loaded = bpf_object__open_mem(object, sizeof object, NULL);
	if (!loaded) error = -errno;
	if (!error) error = set_up(loaded, parts, flows, programs);
	for (int part = 0; !error && part < APUS_PARTS; part++) {
		if (part != APUS_PART_PROGRAM && parts->parts[part] >= 0) continue;
		struct bpf_program *program = part == APUS_PART_PROGRAM ? bpf_object__find_program_by_name(loaded, names[part]) : NULL;
		struct bpf_map *map = part == APUS_PART_PROGRAM ? NULL : bpf_object__find_map_by_name(loaded, names[part]);
		int descriptor = program ? bpf_program__fd(program) : bpf_map__fd(map);
		if (part == APUS_PART_PROGRAM && parts->parts[part] >= 0) close(parts->parts[part]);
		parts->parts[part] = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
		if (parts->parts[part] < 0) error = -errno;
	}
	if (loaded) bpf_object__close(loaded);
	libbpf_set_print(before);
	log_text = NULL;
	if (!error) return 0;
	errno = -error;
	return -1;
}

/* Sorts a map of the program by its name into its part. */
static int adopt_map(uint32_t id, struct apus_switch *parts) {
	int map = bpf_map_get_fd_by_id(id);
	if (map < 0) return -1;
	struct bpf_map_info info = {0};
	uint32_t length = sizeof info;
	if (bpf_obj_get_info_by_fd(map, &info, &length) == 0)
		for (int part = 0; part < APUS_PART_PROGRAM; part++)
			if (strcmp(info.name, names[part]) == 0 && parts->parts[part] < 0) {
				parts->parts[part] = map;
				return 0;
			}
	close(map);
	return 0;
}

int apus_switch_adopt(uint32_t interface, struct apus_switch *parts) {
	for (int part = 0; part < APUS_PARTS; part++) parts->parts[part] = -1;
	int program = apus_switch_attached(interface);
	if (program < 0) return -1;
	parts->parts[APUS_PART_PROGRAM] = program;
	uint32_t ids[32] = {0};
	struct bpf_prog_info info = {.nr_map_ids = 32, .map_ids = (uintptr_t)ids};
	uint32_t length = sizeof info;
	int is_known = bpf_obj_get_info_by_fd(program, &info, &length) == 0;
	for (uint32_t index = 0; is_known && index < info.nr_map_ids && index < 32; index++) adopt_map(ids[index], parts);
	for (int part = 0; part < APUS_PARTS; part++) is_known = is_known && parts->parts[part] >= 0;
	if (is_known) return 0;
	for (int part = 0; part < APUS_PARTS; part++) {
		if (parts->parts[part] >= 0) close(parts->parts[part]);
		parts->parts[part] = -1;
	}
	errno = ENOENT;
	return -1;
}
