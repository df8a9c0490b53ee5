#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "apus_switch.h"

/* In libbpf's strict mode these return -errno and set errno too. */
int apus_map_put(int map, const void *key, const void *value) { return bpf_map_update_elem(map, key, value, BPF_ANY) ? -1 : 0; }
int apus_map_get(int map, const void *key, void *value) { return bpf_map_lookup_elem(map, key, value) ? -1 : 0; }
int apus_map_remove(int map, const void *key) { return bpf_map_delete_elem(map, key) ? -1 : 0; }
int apus_map_next(int map, const void *key, void *next) { return bpf_map_get_next_key(map, key, next) ? -1 : 0; }

int64_t apus_map_batch(int map, uint32_t *place, int first, void *keys, void *values, uint32_t room, int *done) {
	uint32_t count = room;
	uint32_t before = *place, after = before;
	int error = bpf_map_lookup_batch(map, first ? NULL : &before, &after, keys, values, &count, NULL);
	*done = error != 0 && errno == ENOENT;
	if (error && !*done) return -1;
	*place = after;
	return count;
}

int64_t apus_map_size(int map) {
	struct bpf_map_info info = {0};
	uint32_t length = sizeof info;
	return bpf_obj_get_info_by_fd(map, &info, &length) ? -1 : (int64_t)info.max_entries;
}

void *apus_map_memory(int map, size_t size) {
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	return memory == MAP_FAILED ? NULL : memory;
}

int apus_processors(void) { return libbpf_num_possible_cpus(); }

int apus_wait_for_programs(void) { return (int)syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0); }
