/* The maps of the BPF datapath: all its state, which outlives the daemon. */
#ifndef APUS_BPF_MAPS_H
#define APUS_BPF_MAPS_H

#define MAP(name, map_type, key_type, value_type, count, flags) \
	struct { \
		__uint(type, map_type); \
		__uint(max_entries, count); \
		__uint(map_flags, flags); \
		__type(key, key_type); \
		__type(value, value_type); \
	} name SEC(".maps")

MAP(apus_config, BPF_MAP_TYPE_ARRAY, __u32, struct apus_config, 1, BPF_F_MMAPABLE);
MAP(apus_masks, BPF_MAP_TYPE_ARRAY, __u32, struct apus_flow_key, APUS_MOST_MASKS, 0);
/* By apus_hash. How many, the daemon says before it loads. */
MAP(apus_flows, BPF_MAP_TYPE_HASH, __u64, struct apus_flow, 1024, BPF_F_NO_PREALLOC);
MAP(apus_programs, BPF_MAP_TYPE_ARRAY, __u32, struct apus_program, 1024, BPF_F_MMAPABLE);
/* Where the mask of an exact key stood in the order when it was last found. */
MAP(apus_hints, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, __u32, APUS_HINTS, 0);
MAP(apus_ports, BPF_MAP_TYPE_HASH, __u32, struct apus_port, APUS_MOST_PORTS, BPF_F_NO_PREALLOC);
MAP(apus_interfaces, BPF_MAP_TYPE_HASH, __u32, struct apus_port, APUS_MOST_PORTS, BPF_F_NO_PREALLOC);
/* The same ports by slot; and, for interfaces of low index, one more than the slot. What is found there is checked. */
MAP(apus_slots, BPF_MAP_TYPE_ARRAY, __u32, struct apus_port, APUS_MOST_PORTS, 0);
MAP(apus_near, BPF_MAP_TYPE_ARRAY, __u32, __u32, APUS_NEAR_INTERFACES, 0);
MAP(apus_counters, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, struct apus_port_counters, APUS_MOST_PORTS, 0);
MAP(apus_drops, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, __u64, APUS_MOST_REASONS, 0);
MAP(apus_pending, BPF_MAP_TYPE_ARRAY, __u32, struct apus_pending, APUS_MOST_PORTS + 1, BPF_F_MMAPABLE);

struct meter {
	struct bpf_spin_lock lock;
	__u32 reserved;
	__u64 rate, burst, tokens, last;
};
_Static_assert(sizeof(struct meter) == sizeof(struct apus_meter_state), "the same with the lock's own type");
MAP(apus_meters, BPF_MAP_TYPE_HASH, __u32, struct meter, 4096, BPF_F_NO_PREALLOC);

/* Reasons of DropReason that the datapath itself has. */
enum { DROP_RULE = 0, DROP_UNKNOWN_PORT = 2, DROP_MALFORMED = 4, DROP_MTU = 14, DROP_QUEUE_FULL = 15, DROP_FAILED = 16 };

/* Of a packet on its way. */
struct packet {
	struct __sk_buff *skb;
	__u32 program; /* of the next action */
	__u32 place;   /* in the program */
	__u32 port;    /* where it came in */
	__u32 slot;
	int result;
	__be16 eth_type;
	__u8 ip_proto;
	__u8 fragment;
	struct apus_layout layout;
};

static __always_inline int drop(__u32 reason) {
	__u64 *count = bpf_map_lookup_elem(&apus_drops, &reason);
	if (count) ++*count;
	return TC_ACT_SHOT;
}

#endif
