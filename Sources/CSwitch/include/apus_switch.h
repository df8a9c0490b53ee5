/* What of the switch's datapaths Swift cannot do itself: libbpf, whose interface is made of macros and unions, and the set-up of a tap.
 *
 * Unless said otherwise a function returns -1 with errno; descriptors are close-on-exec.
 */
#ifndef APUS_SWITCH_H
#define APUS_SWITCH_H

#include <stddef.h>
#include <stdint.h>

#include "apus_datapath.h"

/* Maps of the BPF datapath, and its program. */
enum apus_switch_part {
	APUS_PART_CONFIG, APUS_PART_MASKS, APUS_PART_FLOWS, APUS_PART_PROGRAMS, APUS_PART_HINTS, APUS_PART_PORTS, APUS_PART_INTERFACES,
	APUS_PART_SLOTS, APUS_PART_NEAR, APUS_PART_COUNTERS, APUS_PART_DROPS, APUS_PART_PENDING, APUS_PART_METERS, APUS_PART_PROGRAM, APUS_PARTS
};

/* Descriptors by part, or -1. */
struct apus_switch { int parts[APUS_PARTS]; };

/* Which build of the BPF program this library holds: a hash of its bytes. */
uint64_t apus_switch_build(void);

/* Loads the BPF program. Maps that parts has already (adopted ones) are used, others are made, for so many flows and programs.
 * Fills log with what libbpf says in case of failure. The descriptors belong to the caller. */
int apus_switch_load(struct apus_switch *parts, uint32_t flows, uint32_t programs, char *log, size_t log_size);
/* Finds the datapath whose program is attached to an interface. ENOENT: there is none. */
int apus_switch_adopt(uint32_t interface, struct apus_switch *parts);
/* How many elements a map can have. */
int64_t apus_map_size(int map);

/* Attaches the program to the interface's ingress, in the place of one of ours that is there. */
int apus_switch_attach(uint32_t interface, int program);
int apus_switch_detach(uint32_t interface);
/* A descriptor of our program that is attached to an interface. ENOENT: there is none. */
int apus_switch_attached(uint32_t interface);

int apus_map_put(int map, const void *key, const void *value);
int apus_map_get(int map, const void *key, void *value);
int apus_map_remove(int map, const void *key);
/* The key behind another, the first behind NULL; ENOENT at the end. */
int apus_map_next(int map, const void *key, void *next);
/* Elements of a hash map, as many as room: place is kept between calls. Returns how many; *done at the end. */
int64_t apus_map_batch(int map, uint32_t *place, int first, void *keys, void *values, uint32_t room, int *done);
/* The memory of a map of BPF_F_MMAPABLE, or NULL. */
void *apus_map_memory(int map, size_t size);
/* Processors that values of per-processor maps have room for. */
int apus_processors(void);
/* Waits until no program runs any more that ran before the call. */
int apus_wait_for_programs(void);

/* Opens the tap of that name, with struct virtio_net_hdr before each frame; it is made where it is not there, stays when closed, and is up.
 * *interface becomes its index. Reads and writes do not wait. */
int apus_tap_open(const char *name, uint32_t queue, uint32_t *interface);
int apus_tap_remove(const char *name);
/* The index of an interface of that name, 0 where there is none; and its MTU. */
uint32_t apus_interface_index(const char *name);
int apus_interface_mtu(const char *name);

#endif
