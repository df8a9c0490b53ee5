/* Out by a port, and up to the daemon. */
#ifndef APUS_BPF_OUTPUT_H
#define APUS_BPF_OUTPUT_H

/* The interface to send by, after counting; 0 where it cannot go. */
static __always_inline struct apus_port *leave(struct __sk_buff *skb, __u32 number, __u32 expected) {
	struct apus_port *port = bpf_map_lookup_elem(&apus_slots, &expected);
	if (!port || port->number != number || !port->interface) port = bpf_map_lookup_elem(&apus_ports, &number);
	if (!port) {
		drop(DROP_UNKNOWN_PORT);
		return 0;
	}
	/* Segments that are still whole are cut to what fits later. */
	if (port->mtu && skb->len > port->mtu + 14 && skb->gso_size == 0) {
		drop(DROP_MTU);
		return 0;
	}
	__u32 slot = port->slot;
	struct apus_port_counters *counters = bpf_map_lookup_elem(&apus_counters, &slot);
	if (counters) {
		counters->sent_packets++;
		counters->sent_bytes += skb->len;
	}
	return port;
}

static __always_inline void output_copy(struct __sk_buff *skb, __u32 number) {
	struct apus_port *port = leave(skb, number, APUS_MOST_PORTS);
	if (port) bpf_clone_redirect(skb, port->interface, 0);
}

/* The packet itself goes. Handed over to the other end of a veth directly where the other end would take it for its own: on this way nobody
 * compares the destination with the other end's address any more. */
static __always_inline int output_last(struct __sk_buff *skb, __u32 number, __u32 expected) {
	struct apus_port *port = leave(skb, number, expected);
	if (!port) return TC_ACT_SHOT;
	if (port->flags & APUS_PORT_PEER) {
		__u8 to[6];
		if (load_bytes(skb, 0, to, 6)) return drop(DROP_MALFORMED);
		if (to[0] & 1) {
			if (skb->pkt_type != PACKET_HOST && skb->pkt_type != PACKET_OTHERHOST) return bpf_redirect_peer(port->interface, 0);
		} else if (((*(__u16 *)to ^ *(__u16 *)port->peer) | (*(__u16 *)(to + 2) ^ *(__u16 *)(port->peer + 2)) |
				   (*(__u16 *)(to + 4) ^ *(__u16 *)(port->peer + 4))) == 0) {
			if (skb->pkt_type != PACKET_HOST) bpf_skb_change_type(skb, PACKET_HOST);
			return bpf_redirect_peer(port->interface, 0);
		}
	}
	return bpf_redirect(port->interface, 0);
}

/* To the daemon, through the tap, if it has room for more of this port and for more at all. */
static __always_inline int upcall(struct __sk_buff *skb, __u32 number, __u32 slot, __u32 reason) {
	__u32 zero = 0, last = APUS_MOST_PORTS;
	struct apus_config *config = bpf_map_lookup_elem(&apus_config, &zero);
	struct apus_pending *mine = bpf_map_lookup_elem(&apus_pending, &slot);
	struct apus_pending *all = bpf_map_lookup_elem(&apus_pending, &last);
	if (!config || !mine || !all) return drop(DROP_FAILED);
	/* Signed: the daemon mends its count now and then, and may be ahead for a moment. */
	if ((int)(mine->sent - mine->taken) >= APUS_PENDING_A_PORT || (int)(all->sent - all->taken) >= APUS_PENDING_ALL) return drop(DROP_QUEUE_FULL);
	struct apus_upcall head = { .port = number, .reason = (__u16)reason, .protocol = bpf_htons(APUS_UPCALL_PROTOCOL) };
	__builtin_memcpy(head.cookie, config->cookie, 6);
	if (bpf_skb_change_head(skb, sizeof head, 0) || bpf_skb_store_bytes(skb, 0, &head, sizeof head, 0)) return drop(DROP_MTU);
	__sync_fetch_and_add(&mine->sent, 1);
	__sync_fetch_and_add(&all->sent, 1);
	return bpf_redirect(config->upcall_interface, 0);
}

#endif
