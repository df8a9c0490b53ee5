/* Finds a packet's flow: one masked key is looked up for each mask that flows have. */
#ifndef APUS_BPF_LOOKUP_H
#define APUS_BPF_LOOKUP_H

struct search {
	const struct apus_flow_key *key;
	struct apus_config *config;
	struct apus_flow *flow;
	__u32 program;
	__u32 place; /* in the order of masks */
};

static __always_inline struct apus_flow *find_under(const struct apus_flow_key *key, struct apus_config *config, __u32 place, __u32 *program) {
	if (place >= APUS_MOST_MASKS) return 0;
	__u32 number = config->order[place];
	struct apus_flow_key *mask = bpf_map_lookup_elem(&apus_masks, &number);
	if (!mask) return 0;
	const __u64 *words = (const __u64 *)key, *bits = (const __u64 *)mask;
	__u64 hash = apus_hash(words, bits, config->seed + number);
	struct apus_flow *flow = bpf_map_lookup_elem(&apus_flows, &hash);
	if (!flow) return 0;
	__u64 both = *(volatile __u64 *)&flow->check, differs = 0;
	const __u64 *theirs = (const __u64 *)&flow->key;
	for (int word = 0; word < APUS_FLOW_KEY_WORDS; word++) differs |= (words[word] & bits[word]) ^ theirs[word];
	if (differs || flow->mask != number || (__u32)both != (__u32)(hash >> 32)) return 0;
	*program = (__u32)(both >> 32);
	return flow;
}

static long try_mask(__u64 place, void *context) {
	struct search *search = context;
	struct apus_flow *flow = find_under(search->key, search->config, (__u32)place, &search->program);
	if (!flow) return 0;
	search->flow = flow;
	search->place = (__u32)place;
	return 1;
}

static __always_inline struct apus_flow *find(const struct apus_flow_key *key, struct apus_config *config, __u32 *program) {
	__u32 count = config->mask_count;
	if (count == 1) return find_under(key, config, 0, program);
	/* The exact key says by which mask it was found before. */
	const __u64 *words = (const __u64 *)key;
	__u64 sum = 0;
	for (int word = 0; word < APUS_FLOW_KEY_WORDS; word++) sum = (sum ^ words[word]) * 0x9e3779b97f4a7c15ULL;
	__u32 index = (sum >> 40) & (APUS_HINTS - 1);
	__u32 *hint = bpf_map_lookup_elem(&apus_hints, &index);
	if (!hint) return 0;
	__u32 place = *hint;
	if (place < count) {
		struct apus_flow *flow = find_under(key, config, place, program);
		if (flow) return flow;
	}
	struct search search = { .key = key, .config = config };
	bpf_loop(count, try_mask, &search, 0);
	if (search.flow) *hint = search.place;
	*program = search.program;
	return search.flow;
}

static __always_inline void account(struct apus_flow *flow, const struct apus_config *config, __u32 bytes, __be16 tcp_flags) {
	struct apus_flow_counters *counters = &flow->counters[bpf_get_smp_processor_id() & (APUS_FLOW_COUNTERS - 1)];
	if (config->processors <= APUS_FLOW_COUNTERS) {
		counters->packets++;
		counters->bytes += bytes;
	} else {
		__sync_fetch_and_add(&counters->packets, 1);
		__sync_fetch_and_add(&counters->bytes, bytes);
	}
	counters->last_used = bpf_ktime_get_coarse_ns();
	__u32 flags = bpf_ntohs(tcp_flags);
	if (flags & ~counters->tcp_flags) __sync_fetch_and_or(&counters->tcp_flags, flags);
}

#endif
