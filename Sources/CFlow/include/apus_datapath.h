/* What the daemon and a datapath's programs say to each other: the layout of the BPF datapath's maps, and of the actions that both real
 * datapaths carry out. Sizes are fixed; a change of any of them is a new APUS_DATAPATH_VERSION, by which a daemon knows that it cannot
 * adopt what an older one has left in the kernel.
 */
#ifndef APUS_DATAPATH_H
#define APUS_DATAPATH_H

#include "apus_flow.h"

#define APUS_DATAPATH_VERSION 1

/* Actions. */
enum apus_action_kind {
	APUS_ACTION_OUTPUT = 1, /* ports, argument of them */
	APUS_ACTION_PUSH_VLAN,  /* argument: TPID << 16 | TCI, host order */
	APUS_ACTION_POP_VLAN,
	APUS_ACTION_SET,        /* field, set.value, set.mask */
	APUS_ACTION_METER,      /* argument: its number */
	APUS_ACTION_UPCALL,     /* argument: enum UpcallReason; the last of its program */
	APUS_ACTION_DROP,       /* argument: enum DropReason */
};

/* What a SET sets, named after the key's fields; what lies there in a packet (IPv4, IPv6 or ARP) is seen from the packet. */
enum apus_field {
	APUS_FIELD_ETH_DST = 1,
	APUS_FIELD_ETH_SRC,
	APUS_FIELD_VLAN_TCI, /* the outermost tag's */
	APUS_FIELD_IP_PROTO, /* ARP's operation only */
	APUS_FIELD_IP_TOS,
	APUS_FIELD_IP_TTL,
	APUS_FIELD_SOURCE_PORT,
	APUS_FIELD_DESTINATION_PORT,
	APUS_FIELD_IPV6_LABEL,
	APUS_FIELD_IP_SOURCE,
	APUS_FIELD_IP_DESTINATION,
	APUS_FIELD_ARP_SOURCE,
	APUS_FIELD_ARP_DESTINATION,
	APUS_FIELD_ND_TARGET,
};

#define APUS_PORTS_AN_ACTION 8

struct apus_action {
	__u8 kind;
	__u8 field;
	__u8 last; /* of OUTPUT with one port: nothing follows, the packet itself may go. ports[1] is where to look first for the port's slot */
	__u8 reserved;
	__u32 argument;
	union {
		__u32 ports[APUS_PORTS_AN_ACTION];
		struct { __u8 value[16], mask[16]; } set; /* as in the key; from the begin of the field */
	};
};

/* Meters whose number has this of its two highest bits count packets, others bits; those with the highest limit a port's rate (MeterID). */
#define APUS_METER_OF_PACKETS 0x40000000u
#define APUS_METER_OF_PORT 0x80000000u

#define APUS_ACTIONS_A_PROGRAM 6

/* A list of actions; a longer one goes on in the next. A program is never changed while a flow names it. */
struct apus_program {
	__u32 count;
	__u32 next; /* 0: none */
	__u64 reserved;
	struct apus_action actions[APUS_ACTIONS_A_PROGRAM];
};

#define APUS_INJECT_PROGRAMS 128 /* the first ones serve the packets that the daemon sends; 500 ports need 11 */
#define APUS_MOST_STEPS 4096     /* actions and programs that one packet passes */

/* Flows: a hash map by apus_hash of the masked key. */
#define APUS_FLOW_COUNTERS 4 /* by processor, modulo */

struct apus_flow_counters {
	__u64 packets;
	__u64 bytes;
	__u64 last_used; /* CLOCK_MONOTONIC_COARSE, ns */
	__u32 tcp_flags;
	__u32 reserved;
};

struct apus_flow {
	struct apus_flow_key key; /* masked */
	__u32 mask;               /* its number */
	__u32 reserved;
	__u64 id;                 /* the daemon's name of it */
	struct apus_flow_counters counters[APUS_FLOW_COUNTERS];
	/* The upper half of the flow's hash, and the program. One word, read before the key is compared: an element that is
	 * taken away and used for another flow at that instant is then seen to be another's. */
	__u32 check;
	__u32 program;
};

#define APUS_MOST_MASKS 1024
#define APUS_HINTS 8192 /* a power of two */

/* Ports, by number and by interface. */
#define APUS_PORT_PEER 1 /* a veth whose other end is in another network namespace */

struct apus_port {
	__u32 number;
	__u32 interface;
	__u32 flags;
	__u32 slot;     /* of its counters */
	__u32 mtu;      /* 0: not checked */
	__u8 peer[6];   /* the other end's address; zeros: not known */
	__u16 reserved;
};

#define APUS_MOST_PORTS 4096
#define APUS_NEAR_INTERFACES 65536 /* interfaces with a lower index are found without hashing */

struct apus_port_counters {
	__u64 received_packets;
	__u64 received_bytes;
	__u64 sent_packets;
	__u64 sent_bytes;
};

/* Upcalls on their way, by slot of the port; the last is of all. The program counts sent, the daemon taken. */
struct apus_pending {
	__u32 sent;
	__u32 taken;
};

#define APUS_PENDING_A_PORT 256
#define APUS_PENDING_ALL 4000 /* the tap's queue is longer */

/* Before the frame of an upcall; the outermost tag, which lies beside a frame in the kernel, is put between cookie and protocol by it. */
struct apus_upcall {
	__u32 port;
	__u16 reason;
	__u8 cookie[6];
	__be16 protocol; /* APUS_UPCALL_PROTOCOL */
	__u16 reserved;
};

#define APUS_UPCALL_PROTOCOL 0x88b5 /* IEEE 802, local experimental */

struct apus_meter_state {
	__u32 lock; /* struct bpf_spin_lock */
	__u32 reserved;
	__u64 rate;   /* bits (or packets) a second */
	__u64 burst;
	__u64 tokens;
	__u64 last;   /* CLOCK_MONOTONIC, ns */
};

#define APUS_MOST_ELAPSED (1 << 23) /* units of 1024 ns, 8.6 s; times the highest rate it is below 2 to the 63rd */
#define APUS_UNITS_A_SECOND 976562
#define APUS_MOST_RATE (1ULL << 39)

/* Fills a meter up to now. What is too little for a token is not forgotten. */
static inline __attribute__((always_inline)) void apus_fill_meter(__u64 now, __u64 rate, __u64 burst, __u64 *tokens, __u64 *last) {
	if (now <= *last || rate == 0) return;
	__u64 elapsed = (now - *last) >> 10;
	if (elapsed > APUS_MOST_ELAPSED) elapsed = APUS_MOST_ELAPSED;
	__u64 more = rate * elapsed / APUS_UNITS_A_SECOND;
	*tokens += more;
	*last += more * APUS_UNITS_A_SECOND / rate << 10;
	if (*tokens >= burst) {
		*tokens = burst;
		*last = now;
	}
}

/* Takes the cost of a packet; one that costs more than the burst passes where the meter is full. */
static inline __attribute__((always_inline)) int apus_take_tokens(__u64 *tokens, __u64 burst, __u64 cost) {
	if (cost > burst) cost = burst;
	if (*tokens < cost) return 0;
	*tokens -= cost;
	return 1;
}

static inline __attribute__((always_inline)) __u64 apus_meter_cost(__u32 number, __u32 bytes) {
	return (number & (APUS_METER_OF_PORT | APUS_METER_OF_PACKETS)) == APUS_METER_OF_PACKETS ? 1 : (__u64)bytes * 8;
}

/* The DropReason of what exceeds a meter: portRate, storm, meter. */
static inline __attribute__((always_inline)) __u32 apus_meter_reason(__u32 number) {
	return number & APUS_METER_OF_PORT ? 18 : number & APUS_METER_OF_PACKETS ? 9 : 10;
}

/* One element. */
struct apus_config {
	__u32 version;
	__u32 upcall_interface;
	__u64 seed;  /* of the hash */
	__u64 build; /* of the program that was loaded last */
	__u8 cookie[6];
	__u16 reserved;
	__u32 mask_count;
	__u32 inject_port; /* where the packet that the daemon writes now came from */
	__u32 inject_program;
	__u32 inject_done; /* counts */
	__u32 processors;  /* at most; with as many counters as that nobody else adds to one's own */
	__u16 order[APUS_MOST_MASKS]; /* masks, the most used first */
};

#define APUS_MOST_REASONS 64

_Static_assert(sizeof(struct apus_action) == 40, "no holes");
_Static_assert(sizeof(struct apus_program) == 256, "pages hold a whole number");
_Static_assert(sizeof(struct apus_flow) == 280, "no holes");
_Static_assert(sizeof(struct apus_port) == 28, "no holes");
_Static_assert(sizeof(struct apus_upcall) == 16, "no holes");
_Static_assert(sizeof(struct apus_config) == 48 + 8 + 2 * APUS_MOST_MASKS, "no holes");

/* The hash of a key under a mask; four lanes, for the multiplications to overlap. */
static inline __attribute__((always_inline)) __u64 apus_hash(const __u64 *key, const __u64 *mask, __u64 seed) {
	const __u64 odd = 0x9e3779b97f4a7c15ULL;
	__u64 a = seed, b = seed ^ odd, c = seed + odd, d = ~seed;
	for (int word = 0; word < APUS_FLOW_KEY_WORDS; word += 4) {
		a = (a ^ (key[word] & mask[word])) * odd;
		b = (b ^ (key[word + 1] & mask[word + 1])) * odd;
		c = (c ^ (key[word + 2] & mask[word + 2])) * odd;
		d = (d ^ (key[word + 3] & mask[word + 3])) * odd;
		a ^= a >> 32;
		b ^= b >> 29;
		c ^= c >> 31;
		d ^= d >> 33;
	}
	__u64 sum = (a ^ (b << 23 | b >> 41)) * odd + (c ^ (d << 19 | d >> 45));
	sum ^= sum >> 32;
	sum *= odd;
	return sum ^ sum >> 29;
}

#endif
