/* The parts of the packet-socket datapath, and who may touch them.
 *
 * Worker threads move packets; the daemon's thread changes tables. A table is never changed where a worker may be reading: what is new is
 * published by one pointer, what is old is freed when every worker has been seen between two bursts since (struct worker, passes). Each
 * worker counts in fields of its own. The last worker in the array has no thread: it is the daemon's, for packets that the daemon sends.
 */
#ifndef APUS_SOCKET_PARTS_H
#define APUS_SOCKET_PARTS_H

#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "apus_parse.h"
#include "apus_socket.h"

enum {
	WORKERS = 9, /* at most, the daemon's among them */
	SLOTS = 128, /* of a port's ring */
	SLOT = 2048, /* bytes; a longer frame comes by the socket's queue */
	LARGEST = 1 << 17,
	BATCH = 64,
	CACHED = 4096, /* exact keys a worker remembers; a power of two */
	ACTIVE = 32,         /* ports that a worker looks at without being told */
	LINGER = 40 * 1000,  /* ns that it looks before it sleeps */
	TAGS = 4,      /* that lie beside a frame */
	HEADROOM = sizeof(struct virtio_net_hdr) + 12 + 4 * TAGS,
};

enum { DROP_RULE = 0, DROP_UNKNOWN_PORT = 2, DROP_MALFORMED = 4, DROP_MTU = 14, DROP_QUEUE_FULL = 15, DROP_FAILED = 16 };

struct port {
	struct apus_port port;
	int socket;
	uint8_t *ring;
	uint32_t next; /* slot of the ring that the kernel fills next; its worker's */
	struct worker *worker;
	atomic_uint sent, taken; /* upcalls */
	atomic_bool is_removed;
	struct apus_port_counters counters[WORKERS];
};

struct apus_socket_flow {
	struct apus_flow_key key, mask; /* masked */
	uint64_t hash, id;
	uint32_t mask_number, count;
	struct apus_flow_counters counters[WORKERS];
	struct apus_action actions[];
};

/* Flows by hash, open addressing. Only grows; a larger one takes its place. */
struct table {
	uint32_t size; /* a power of two */
	uint32_t used; /* also by flows that were removed */
	_Atomic(struct apus_socket_flow *) flows[];
};

/* Masks in the order of trying, and ports by number; a changed copy takes the place. */
struct masks {
	uint32_t count;
	struct { struct apus_flow_key mask; uint32_t number, flows; } list[];
};
struct ports {
	uint32_t count;
	struct port *list[]; /* by number, sorted */
};

struct meter {
	uint32_t number;
	atomic_flag busy;
	bool is_used;
	__u64 rate, burst, tokens, last;
};
enum { METERS = 4096 };

struct cached {
	struct apus_flow_key key;
	struct apus_socket_flow *flow;
	uint64_t generation;
};

struct worker {
	struct apus_socket *all;
	unsigned number;
	pthread_t thread;
	int poll;
	bool runs;
	_Alignas(64) atomic_uint_fast64_t passes; /* counts the times that it held nothing of the tables */
	_Alignas(64) uint64_t generation;         /* of the burst */
	uint64_t now;                             /* CLOCK_MONOTONIC_COARSE, ns, of the burst */
	uint64_t drops[APUS_MOST_REASONS];
	/* Packets on their way out by one port; their bytes lie where they came in until the batch has gone. */
	struct port *out;
	unsigned waiting;
	struct mmsghdr messages[BATCH];
	struct iovec parts[BATCH][2];
	uint8_t heads[BATCH][HEADROOM];
	uint8_t *large;
	struct port *active[ACTIVE];
	unsigned active_count;
	struct cached cache[CACHED];
};

struct apus_socket {
	_Atomic(struct table *) table;
	_Atomic(struct masks *) masks;
	_Atomic(struct ports *) ports;
	atomic_uint_fast64_t generation; /* counts removals, after which remembered flows are not to be trusted */
	uint64_t seed;
	uint32_t next_mask;
	uint64_t lost; /* by rings of ports */
	int upcalls[2]; /* the daemon's end, the workers' */
	int stop;       /* an event that wakes all */
	atomic_bool is_stopping;
	unsigned threads;
	uint64_t linger; /* ns */
	struct meter meters[METERS];
	struct worker workers[WORKERS];
	/* What waits to be freed. */
	struct old { void *memory; struct old *next; uint64_t passes[WORKERS]; } *old;
};

/* A packet on its way. Tags beside the frame: the last is the outermost. */
struct packet {
	struct virtio_net_hdr offload; /* offsets count from data */
	uint8_t *data;
	uint32_t length;
	uint32_t tags;
	struct { __be16 protocol; uint16_t control; } tag[TAGS];
	struct port *from;
	struct apus_flow_key key;
	struct apus_layout layout;
};

static inline void count_drop(struct worker *worker, uint32_t reason) { worker->drops[reason % APUS_MOST_REASONS]++; }

/* table.c */
struct apus_socket_flow *apus_table_find(struct worker *worker, const struct apus_flow_key *key);
void apus_free_later(struct apus_socket *all, void *memory);
/* Waits until no worker holds anything that was published before. */
void apus_wait_for_workers(struct apus_socket *all);
struct port *apus_find_port(struct apus_socket *all, uint32_t number);
/* run.c */
void apus_run(struct worker *worker, struct packet *packet, const struct apus_action *actions, uint32_t count);
void apus_flush(struct worker *worker);
/* The meter of that number, or else with is_new a free one; NULL. */
struct meter *apus_find_meter(struct apus_socket *all, uint32_t number, bool is_new);
/* edit.c: 0, or -1 where it cannot be done */
int apus_set_field(struct packet *packet, const struct apus_action *action);
int apus_push_vlan(struct packet *packet, uint32_t argument);
int apus_pop_vlan(struct packet *packet);
/* worker.c */
void *apus_work(void *worker);
void apus_read_key(struct packet *packet);

#endif
