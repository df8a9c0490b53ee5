#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "socket.h"

/* In the place of a flow that was removed: searching goes on behind it. */
static struct apus_socket_flow removed;

static bool equals(const struct apus_flow_key *key, const struct apus_flow_key *mask, const struct apus_flow_key *masked) {
	const __u64 *words = (const __u64 *)key, *bits = (const __u64 *)mask, *theirs = (const __u64 *)masked;
	uint64_t differs = 0;
	for (int word = 0; word < APUS_FLOW_KEY_WORDS; word++) differs |= (words[word] & bits[word]) ^ theirs[word];
	return differs == 0;
}

static struct apus_socket_flow *find_under(struct apus_socket *all, struct table *table, const struct apus_flow_key *key, const struct apus_flow_key *mask, uint32_t number) {
	uint64_t hash = apus_hash((const __u64 *)key, (const __u64 *)mask, all->seed + number);
	for (uint32_t place = (uint32_t)hash & (table->size - 1);; place = (place + 1) & (table->size - 1)) {
		struct apus_socket_flow *flow = atomic_load_explicit(&table->flows[place], memory_order_acquire);
		if (!flow) return NULL;
		if (flow != &removed && flow->hash == hash && flow->mask_number == number && equals(key, mask, &flow->key)) return flow;
	}
}

struct apus_socket_flow *apus_table_find(struct worker *worker, const struct apus_flow_key *key) {
	struct apus_socket *all = worker->all;
	const __u64 *words = (const __u64 *)key;
	uint64_t sum = 0;
	for (int word = 0; word < APUS_FLOW_KEY_WORDS; word++) sum = (sum ^ words[word]) * 0x9e3779b97f4a7c15ULL;
	struct cached *cached = &worker->cache[(sum >> 40) & (CACHED - 1)];
	if (cached->generation == worker->generation && memcmp(&cached->key, key, sizeof *key) == 0) return cached->flow;
	struct table *table = atomic_load_explicit(&all->table, memory_order_acquire);
	struct masks *masks = atomic_load_explicit(&all->masks, memory_order_acquire);
	for (uint32_t index = 0; index < masks->count; index++) {
		struct apus_socket_flow *flow = find_under(all, table, key, &masks->list[index].mask, masks->list[index].number);
		if (!flow) continue;
		cached->key = *key;
		cached->flow = flow;
		cached->generation = worker->generation;
		return flow;
	}
	return NULL;
}

static void note_passes(struct apus_socket *all, uint64_t *passes) {
	/* What was published comes before what is read here. */
	atomic_thread_fence(memory_order_seq_cst);
	for (unsigned index = 0; index < all->threads; index++) passes[index] = atomic_load(&all->workers[index].passes);
}

/* A worker that waits for packets holds nothing; its count is odd then. */
static bool have_passed(struct apus_socket *all, const uint64_t *passes) {
	for (unsigned index = 0; index < all->threads; index++)
		if (passes[index] % 2 == 0 && atomic_load(&all->workers[index].passes) == passes[index]) return false;
	return true;
}

void apus_free_later(struct apus_socket *all, void *memory) {
	if (!memory) return;
	struct old *old = malloc(sizeof *old);
	/* Without memory for the note it is never freed, which is safe. */
	if (old) {
		old->memory = memory;
		note_passes(all, old->passes);
		old->next = all->old;
		all->old = old;
	}
	struct old **place = &all->old;
	while (*place) {
		struct old *candidate = *place;
		/* The list is in the order of age, the youngest first: once one may go, all behind it may. */
		if (have_passed(all, candidate->passes)) {
			*place = NULL;
			while (candidate) {
				struct old *next = candidate->next;
				free(candidate->memory);
				free(candidate);
				candidate = next;
			}
			break;
		}
		place = &candidate->next;
	}
}

void apus_wait_for_workers(struct apus_socket *all) {
	uint64_t passes[WORKERS];
	note_passes(all, passes);
	while (!have_passed(all, passes)) usleep(50);
}

/* Masks are few; a changed copy is made each time. */
static int change_masks(struct apus_socket *all, const struct apus_flow_key *mask, int by, uint32_t *number) {
	struct masks *before = atomic_load(&all->masks);
	uint32_t index = 0;
	while (index < before->count && memcmp(&before->list[index].mask, mask, sizeof *mask)) index++;
	if (index < before->count && before->list[index].flows + (uint32_t)by > 0) {
		before->list[index].flows += (uint32_t)by;
		*number = before->list[index].number;
		return 0;
	}
	struct masks *after = malloc(sizeof *after + (before->count + 1) * sizeof after->list[0]);
	if (!after) return -1;
	memcpy(after, before, sizeof *before + before->count * sizeof before->list[0]);
	if (index == before->count) {
		*number = all->next_mask++;
		after->list[index].mask = *mask;
		after->list[index].number = *number;
		after->list[index].flows = 1;
		after->count++;
	} else {
		memmove(&after->list[index], &after->list[index + 1], (after->count - index - 1) * sizeof after->list[0]);
		after->count--;
	}
	atomic_store_explicit(&all->masks, after, memory_order_release);
	apus_free_later(all, before);
	return 0;
}

static void insert(struct table *table, struct apus_socket_flow *flow) {
	uint32_t place = (uint32_t)flow->hash & (table->size - 1);
	while (atomic_load_explicit(&table->flows[place], memory_order_relaxed)) place = (place + 1) & (table->size - 1);
	atomic_store_explicit(&table->flows[place], flow, memory_order_release);
	table->used++;
}

/* Another table without what was removed, larger where it is needed. */
static int rebuild(struct apus_socket *all) {
	struct table *before = atomic_load(&all->table);
	uint32_t live = 0;
	for (uint32_t place = 0; place < before->size; place++) live += before->flows[place] && before->flows[place] != &removed;
	uint32_t size = before->size;
	while (live * 4 > size) size *= 2;
	struct table *after = calloc(1, sizeof *after + size * sizeof after->flows[0]);
	if (!after) return -1;
	after->size = size;
	for (uint32_t place = 0; place < before->size; place++)
		if (before->flows[place] && before->flows[place] != &removed) insert(after, before->flows[place]);
	atomic_store_explicit(&all->table, after, memory_order_release);
	apus_free_later(all, before);
	return 0;
}

/* Where the flow stands. */
static _Atomic(struct apus_socket_flow *) *place_of(struct table *table, struct apus_socket_flow *flow) {
	uint32_t place = (uint32_t)flow->hash & (table->size - 1);
	while (atomic_load_explicit(&table->flows[place], memory_order_relaxed) != flow) place = (place + 1) & (table->size - 1);
	return &table->flows[place];
}

struct apus_socket_flow *apus_socket_put(struct apus_socket *all, struct apus_socket_flow *before, const struct apus_flow_key *key,
	const struct apus_flow_key *mask, uint64_t id, const struct apus_action *actions, uint32_t count) {
	struct table *table = atomic_load(&all->table);
	if (table->used * 2 > table->size && rebuild(all)) return NULL;
	table = atomic_load(&all->table);
	struct apus_socket_flow *flow = calloc(1, sizeof *flow + count * sizeof flow->actions[0]);
	if (!flow) return NULL;
	if (before) {
		flow->mask_number = before->mask_number;
		memcpy(flow->counters, before->counters, sizeof flow->counters);
	} else if (change_masks(all, mask, 1, &flow->mask_number)) {
		free(flow);
		return NULL;
	}
	flow->key = *key;
	flow->mask = *mask;
	flow->id = id;
	flow->count = count;
	memcpy(flow->actions, actions, count * sizeof flow->actions[0]);
	flow->hash = apus_hash((const __u64 *)key, (const __u64 *)mask, all->seed + flow->mask_number);
	if (before) {
		atomic_store_explicit(place_of(table, before), flow, memory_order_release);
		atomic_fetch_add(&all->generation, 1);
		apus_free_later(all, before);
	} else {
		insert(table, flow);
	}
	return flow;
}

void apus_socket_remove(struct apus_socket *all, struct apus_socket_flow *flow) {
	uint32_t number;
	atomic_store_explicit(place_of(atomic_load(&all->table), flow), &removed, memory_order_release);
	atomic_fetch_add(&all->generation, 1);
	change_masks(all, &flow->mask, -1, &number);
	apus_free_later(all, flow);
}

void apus_socket_flow_counters(struct apus_socket_flow *flow, struct apus_flow_counters *sum) {
	memset(sum, 0, sizeof *sum);
	for (int index = 0; index < WORKERS; index++) {
		sum->packets += flow->counters[index].packets;
		sum->bytes += flow->counters[index].bytes;
		sum->tcp_flags |= flow->counters[index].tcp_flags;
		if (flow->counters[index].last_used > sum->last_used) sum->last_used = flow->counters[index].last_used;
	}
}

struct port *apus_find_port(struct apus_socket *all, uint32_t number) {
	struct ports *ports = atomic_load_explicit(&all->ports, memory_order_acquire);
	uint32_t low = 0, high = ports->count;
	while (low < high) {
		uint32_t middle = (low + high) / 2;
		if (ports->list[middle]->port.number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low < ports->count && ports->list[low]->port.number == number ? ports->list[low] : NULL;
}
