/* The fast path of the switch in the kernel: one program of tc(8) at the ingress of every port and of the daemon's tap.
 *
 * A packet's key is read, its flow is looked for, and the flow's program is carried out; a packet without a flow goes to the daemon with
 * all that the kernel has put off (segments, checksums). Nothing is decided here, and no packet goes by a port that the program does not name.
 */
#include <linux/bpf.h>
#include <linux/if_packet.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "apus_datapath.h"

/* The frame that is read: what apus_parse.h asks for. */
struct apus_frame {
	struct __sk_buff *skb;
	__u32 length;
	__u32 tag_present;
	__be16 tag_protocol;
	__u16 tag_control;
};
/* From memory where it lies in one piece, which headers mostly do. */
static __always_inline int load_bytes(struct __sk_buff *skb, __u32 offset, void *to, const __u32 count) {
	if (offset < 0x7fff) {
		void *begin = (void *)(long)skb->data + offset;
		if (begin + count <= (void *)(long)skb->data_end) {
			__builtin_memcpy(to, begin, count);
			return 0;
		}
	}
	return bpf_skb_load_bytes(skb, offset, to, count);
}
#define apus_load(frame, offset, to, count) load_bytes((frame)->skb, offset, to, count)
#include "apus_parse.h"

#include "maps.h"
#include "output.h"
#include "set.h"
#include "run.h"
#include "lookup.h"

enum { EASILY_READ = 54 }; /* Ethernet, IPv4, TCP */

static __always_inline void read_key(struct __sk_buff *skb, struct apus_flow_key *key, struct packet *packet) {
	/* The next one who reads the headers would do it, too. */
	if ((void *)(long)skb->data + EASILY_READ > (void *)(long)skb->data_end) bpf_skb_pull_data(skb, skb->len < EASILY_READ ? skb->len : EASILY_READ);
	struct apus_frame frame = { .skb = skb, .length = skb->len };
	if (skb->vlan_present) {
		frame.tag_present = 1;
		frame.tag_protocol = (__be16)skb->vlan_proto;
		frame.tag_control = (__u16)skb->vlan_tci;
	}
	apus_parse(&frame, key, &packet->layout);
	packet->eth_type = key->eth_type;
	packet->ip_proto = key->ip_proto;
	packet->fragment = key->fragment;
}

/* A packet that the daemon sends: it has said before, in the configuration, what is to be done with it, and waits until it is done. */
static __always_inline int inject(struct __sk_buff *skb, struct apus_config *config, struct packet *packet, struct apus_flow_key *key) {
	packet->port = config->inject_port;
	packet->program = config->inject_program;
	packet->slot = APUS_MOST_PORTS - 1;
	if (!packet->program) return TC_ACT_SHOT;
	config->inject_program = 0;
	read_key(skb, key, packet);
	__sync_fetch_and_add(&config->inject_done, 1);
	return run(packet);
}

static __always_inline struct apus_port *port_of(__u32 interface) {
	__u32 *slot = bpf_map_lookup_elem(&apus_near, &interface);
	if (slot && *slot) {
		__u32 number = *slot - 1;
		struct apus_port *port = bpf_map_lookup_elem(&apus_slots, &number);
		if (port && port->interface == interface) return port;
	}
	return bpf_map_lookup_elem(&apus_interfaces, &interface);
}

SEC("tc")
int apus_switch(struct __sk_buff *skb) {
	__u32 interface = skb->ifindex, zero = 0;
	struct apus_config *config = bpf_map_lookup_elem(&apus_config, &zero);
	if (!config) return TC_ACT_SHOT;
	struct packet packet = { .skb = skb };
	struct apus_flow_key key = {};
	struct apus_port *port = port_of(interface);
	if (!port) return interface == config->upcall_interface ? inject(skb, config, &packet, &key) : drop(DROP_UNKNOWN_PORT);
	packet.port = key.in_port = port->number;
	packet.slot = port->slot;
	struct apus_port_counters *counters = bpf_map_lookup_elem(&apus_counters, &packet.slot);
	if (counters) {
		counters->received_packets++;
		counters->received_bytes += skb->len;
	}
	read_key(skb, &key, &packet);
	struct apus_flow *flow = find(&key, config, &packet.program);
	if (!flow) return upcall(skb, packet.port, packet.slot, 0);
	account(flow, config, skb->len, key.tcp_flags);
	return run(&packet);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
