/* Fields set in place, with their checksums; those that the sender's kernel has put off are known to the helpers. */
#ifndef APUS_BPF_SET_H
#define APUS_BPF_SET_H

enum { TCP = 6, UDP = 17, ICMP = 1, ICMPV6 = 58, SCTP = 132 };

/* Where the transport's checksum is, 0 where it has none to mend; over_addresses: whether it covers the addresses. */
static __always_inline __u32 checksum_place(const struct packet *packet, int *over_addresses) {
	*over_addresses = packet->ip_proto != ICMP;
	if (!packet->layout.transport) return 0;
	switch (packet->ip_proto) {
	case TCP: return packet->layout.transport + 16;
	case UDP: return packet->layout.transport + 6;
	case ICMP: case ICMPV6: return packet->layout.transport + 2;
	default: return 0;
	}
}

static __always_inline __u64 zero_is_none(const struct packet *packet) { return packet->ip_proto == UDP ? BPF_F_MARK_MANGLED_0 : 0; }

/* Old and new bytes, as the mask has it; whether they differ. */
static __always_inline int merge(struct __sk_buff *skb, __u32 offset, __u8 *old, __u8 *new, const __u8 *value, const __u8 *mask, __u32 size) {
	__u8 differs = 0;
	if (bpf_skb_load_bytes(skb, offset, old, size)) return -1;
	for (__u32 index = 0; index < size; index++) {
		new[index] = (old[index] & ~mask[index]) | (value[index] & mask[index]);
		differs |= old[index] ^ new[index];
	}
	return differs != 0;
}

/* Six bytes without a checksum. */
static __always_inline int set_six(struct __sk_buff *skb, __u32 offset, const struct apus_action *action) {
	__u8 old[6], new[6];
	int differs = merge(skb, offset, old, new, action->set.value, action->set.mask, 6);
	return differs > 0 ? (int)bpf_skb_store_bytes(skb, offset, new, 6, 0) : differs;
}

static __always_inline int set_address4(const struct packet *packet, __u32 offset, const struct apus_action *action, int is_arp) {
	struct __sk_buff *skb = packet->skb;
	__be32 old = 0, new = 0;
	int over, differs = merge(skb, offset, (__u8 *)&old, (__u8 *)&new, action->set.value, action->set.mask, 4);
	if (differs <= 0) return differs;
	if (!is_arp) {
		__u32 place = checksum_place(packet, &over);
		if (bpf_l3_csum_replace(skb, packet->layout.network + 10, old, new, 4)) return -1;
		if (place && over && bpf_l4_csum_replace(skb, place, old, new, BPF_F_PSEUDO_HDR | zero_is_none(packet) | 4)) return -1;
	}
	return bpf_skb_store_bytes(skb, offset, &new, 4, 0);
}

/* Sixteen bytes that the transport's checksum covers: an address of IPv6, or ND's target, which is in the message itself. */
static __always_inline int set_sixteen(const struct packet *packet, __u32 offset, const struct apus_action *action, __u64 pseudo) {
	struct __sk_buff *skb = packet->skb;
	__be32 old[4], new[4];
	int over, differs = merge(skb, offset, (__u8 *)old, (__u8 *)new, action->set.value, action->set.mask, 16);
	if (differs <= 0) return differs;
	__u32 place = checksum_place(packet, &over);
	if (place && over) {
		__s64 change = bpf_csum_diff(old, 16, new, 16, 0);
		if (change < 0 || bpf_l4_csum_replace(skb, place, 0, change, pseudo | zero_is_none(packet))) return -1;
	}
	return bpf_skb_store_bytes(skb, offset, new, 16, 0);
}

/* An option of ND: eight bytes with the address behind two others. */
static __always_inline int set_option(const struct packet *packet, __u32 offset, const struct apus_action *action) {
	struct __sk_buff *skb = packet->skb;
	__be32 old[2], new[2];
	if (bpf_skb_load_bytes(skb, offset, old, 8)) return -1;
	__builtin_memcpy(new, old, 8);
	for (int index = 0; index < 6; index++) {
		__u8 *byte = (__u8 *)new + 2 + index;
		*byte = (*byte & ~action->set.mask[index]) | (action->set.value[index] & action->set.mask[index]);
	}
	__s64 change = bpf_csum_diff(old, 8, new, 8, 0);
	if (change < 0 || bpf_l4_csum_replace(skb, packet->layout.transport + 2, 0, change, 0)) return -1;
	return bpf_skb_store_bytes(skb, offset, new, 8, 0);
}

/* A word of 16 bits in the transport's header, or one of its bytes. */
static __always_inline int set_transport(const struct packet *packet, __u32 offset, __be16 value, __be16 mask) {
	struct __sk_buff *skb = packet->skb;
	int over;
	__u32 place = checksum_place(packet, &over);
	__be16 old, new;
	if (!place || bpf_skb_load_bytes(skb, offset, &old, 2)) return -1;
	new = (old & ~mask) | (value & mask);
	if (new == old) return 0;
	if (bpf_l4_csum_replace(skb, place, old, new, zero_is_none(packet) | 2)) return -1;
	return bpf_skb_store_bytes(skb, offset, &new, 2, 0);
}

/* A word of 16 bits in IPv4's header. */
static __always_inline int set_word4(const struct packet *packet, __u32 offset, __be16 value, __be16 mask) {
	struct __sk_buff *skb = packet->skb;
	__be16 old, new;
	if (bpf_skb_load_bytes(skb, offset, &old, 2)) return -1;
	new = (old & ~mask) | (value & mask);
	if (new == old) return 0;
	if (bpf_l3_csum_replace(skb, packet->layout.network + 10, old, new, 2)) return -1;
	return bpf_skb_store_bytes(skb, offset, &new, 2, 0);
}

/* Bits of IPv6's first word, host order. */
static __always_inline int set_first6(const struct packet *packet, __u32 value, __u32 mask) {
	__be32 word;
	if (bpf_skb_load_bytes(packet->skb, packet->layout.network, &word, 4)) return -1;
	word = bpf_htonl((bpf_ntohl(word) & ~mask) | (value & mask));
	return bpf_skb_store_bytes(packet->skb, packet->layout.network, &word, 4, 0);
}

static __always_inline int set_byte(struct __sk_buff *skb, __u32 offset, __u8 value, __u8 mask) {
	__u8 byte;
	if (bpf_skb_load_bytes(skb, offset, &byte, 1)) return -1;
	byte = (byte & ~mask) | (value & mask);
	return bpf_skb_store_bytes(skb, offset, &byte, 1, 0);
}

static __always_inline int set_vlan(struct __sk_buff *skb, const struct apus_action *action) {
	if (!skb->vlan_present) return 0;
	__u16 value = bpf_ntohs(*(__be16 *)action->set.value), mask = bpf_ntohs(*(__be16 *)action->set.mask) & (__u16)~APUS_VLAN_PRESENT;
	__be16 protocol = (__be16)skb->vlan_proto;
	__u16 control = ((__u16)skb->vlan_tci & ~mask) | (value & mask);
	return bpf_skb_vlan_pop(skb) || bpf_skb_vlan_push(skb, protocol, control);
}

static __always_inline int set_transport_field(const struct packet *packet, const struct apus_action *action, int is_second) {
	__u32 transport = packet->layout.transport;
	__be16 value = *(__be16 *)action->set.value, mask = *(__be16 *)action->set.mask;
	if (!transport) return 0;
	if (packet->ip_proto == TCP || packet->ip_proto == UDP) return set_transport(packet, transport + (is_second ? 2 : 0), value, mask);
	/* The type is the first byte, the code the second; in the key each is the low byte, which comes second in network order. */
	if (packet->ip_proto == ICMP || packet->ip_proto == ICMPV6)
		return is_second ? set_transport(packet, transport, value & 0xff00, mask & 0xff00) : set_transport(packet, transport, value >> 8, mask >> 8);
	return -1;
}

static __always_inline int set_field(const struct packet *packet, const struct apus_action *action) {
	struct __sk_buff *skb = packet->skb;
	__u32 network = packet->layout.network;
	__u8 value = action->set.value[0], mask = action->set.mask[0];
	int is_v4 = packet->eth_type == bpf_htons(0x0800), is_v6 = packet->eth_type == bpf_htons(0x86dd);
	int is_arp = packet->eth_type == bpf_htons(0x0806) || packet->eth_type == bpf_htons(0x8035);
	switch (action->field) {
	case APUS_FIELD_ETH_DST: return set_six(skb, 0, action);
	case APUS_FIELD_ETH_SRC: return set_six(skb, 6, action);
	case APUS_FIELD_VLAN_TCI: return set_vlan(skb, action);
	default: break;
	}
	if (!network) return 0;
	switch (action->field) {
	case APUS_FIELD_IP_PROTO: return is_arp ? set_byte(skb, network + 7, value, mask) : -1;
	case APUS_FIELD_IP_TOS:
		if (is_v4) return set_word4(packet, network, bpf_htons(value), bpf_htons(mask));
		return is_v6 ? set_first6(packet, (__u32)value << 20, (__u32)mask << 20) : -1;
	case APUS_FIELD_IP_TTL:
		if (is_v4) return set_word4(packet, network + 8, bpf_htons((__u16)value << 8), bpf_htons((__u16)mask << 8));
		return is_v6 ? set_byte(skb, network + 7, value, mask) : -1;
	case APUS_FIELD_SOURCE_PORT: return set_transport_field(packet, action, 0);
	case APUS_FIELD_DESTINATION_PORT: return set_transport_field(packet, action, 1);
	case APUS_FIELD_IPV6_LABEL:
		return is_v6 ? set_first6(packet, bpf_ntohl(*(__be32 *)action->set.value), bpf_ntohl(*(__be32 *)action->set.mask) & 0xfffff) : -1;
	case APUS_FIELD_IP_SOURCE:
		if (is_v6) return set_sixteen(packet, network + 8, action, BPF_F_PSEUDO_HDR);
		return set_address4(packet, network + (is_arp ? 14 : 12), action, is_arp);
	case APUS_FIELD_IP_DESTINATION:
		if (is_v6) return set_sixteen(packet, network + 24, action, BPF_F_PSEUDO_HDR);
		return set_address4(packet, network + (is_arp ? 24 : 16), action, is_arp);
	case APUS_FIELD_ARP_SOURCE:
		if (is_arp) return set_six(skb, network + 8, action);
		return packet->layout.source_option ? set_option(packet, packet->layout.source_option, action) : 0;
	case APUS_FIELD_ARP_DESTINATION:
		if (is_arp) return set_six(skb, network + 18, action);
		return packet->layout.target_option ? set_option(packet, packet->layout.target_option, action) : 0;
	case APUS_FIELD_ND_TARGET: return packet->layout.transport ? set_sixteen(packet, packet->layout.transport + 8, action, 0) : 0;
	default: return -1;
	}
}

#endif
