/* Reads the flow key of a frame: the rules of Sources/PacketCore/Parse/FlowKey+Parse.swift, step by step, for BPF and for C.
 *
 * Frames are read from memory; BPF, where they are read by a helper, has defined both before:
 *     struct apus_frame           where the bytes are; with length (bytes that lie there), and the outermost tag where it lies beside them:
 *                                 tag_present, tag_protocol (as on the wire), tag_control (host order)
 *     apus_load(frame, offset, to, count)   copies bytes; 0, or not 0 where they are not all there
 */
#ifndef APUS_PARSE_H
#define APUS_PARSE_H

#include "apus_flow.h"

#ifndef apus_load
struct apus_frame {
	const __u8 *bytes;
	__u32 length;
	__u32 tag_present;
	__be16 tag_protocol;
	__u16 tag_control;
};

static inline __attribute__((always_inline)) int apus_load(const struct apus_frame *frame, __u32 offset, void *to, __u32 count) {
	if (offset > frame->length || count > frame->length - offset) return -1;
	__builtin_memcpy(to, frame->bytes + offset, count);
	return 0;
}
#endif

#define APUS_INLINE static inline __attribute__((always_inline))

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the switch's datapaths assume a little-endian processor"
#endif
#define APUS_BE16(number) ((__be16)__builtin_bswap16(number))

/* Where headers begin, in bytes from the begin of what lies there; 0 where there is none that the key was read from. */
struct apus_layout {
	__u16 network;       /* IPv4, IPv6, ARP */
	__u16 transport;     /* the header that the key's ports come from */
	__u16 source_option; /* of ND */
	__u16 target_option;
};

#define APUS_MOST_EXTENSIONS 8
#define APUS_MOST_OPTIONS 4

APUS_INLINE int apus_is_vlan(__be16 type) { return type == APUS_BE16(0x8100) || type == APUS_BE16(0x88a8); }

APUS_INLINE void apus_read_discovery(const struct apus_frame *frame, __u32 offset, struct apus_flow_key *key, struct apus_layout *layout) {
	__u8 type = (__u8)(key->source_port >> 8);
	if ((type != 135 && type != 136) || key->destination_port != 0 || offset + 24 > frame->length) return;
	if (apus_load(frame, offset + 8, key->nd_target, 16)) return;
	__u32 place = offset + 24;
	for (int count = 0; count < APUS_MOST_OPTIONS; count++) {
		__u8 option[8];
		if (place + 8 > frame->length || apus_load(frame, place, option, 8)) return;
		__u32 length = (__u32)option[1] * 8;
		if (length == 0 || place + length > frame->length) return;
		if (length == 8 && option[0] == 1 && layout->source_option == 0) {
			layout->source_option = (__u16)place;
			__builtin_memcpy(key->arp_source, option + 2, 6);
		} else if (length == 8 && option[0] == 2 && layout->target_option == 0) {
			layout->target_option = (__u16)place;
			__builtin_memcpy(key->arp_destination, option + 2, 6);
		}
		place += length;
	}
}

/* icmp: the one of the two that belongs to this version of IP. */
APUS_INLINE void apus_read_transport(
	const struct apus_frame *frame, __u32 offset, __u8 type, __u8 icmp, struct apus_flow_key *key, struct apus_layout *layout) {
	__u32 least = type == 6 ? 20 : type == 132 ? 12 : 8;
	if ((type != 6 && type != 17 && type != 132 && type != icmp) || offset + least > frame->length) return;
	struct { __be16 source, destination; __be32 words[2]; __be16 flags, window; } head;
	if (type == 6 ? apus_load(frame, offset, &head, 16) : apus_load(frame, offset, &head, 4)) return;
	layout->transport = (__u16)offset;
	if (type == icmp) {
		/* Two single bytes, which stand in the low bytes. */
		key->source_port = (__be16)((head.source & 0xff) << 8);
		key->destination_port = head.source & 0xff00;
		if (icmp == 58) apus_read_discovery(frame, offset, key, layout);
		return;
	}
	key->source_port = head.source;
	key->destination_port = head.destination;
	if (type == 6) key->tcp_flags = head.flags & APUS_BE16(0x0fff);
}

APUS_INLINE void apus_read_ipv4(const struct apus_frame *frame, __u32 offset, struct apus_flow_key *key, struct apus_layout *layout) {
	struct { __u8 first, tos; __be16 length, id, part; __u8 ttl, protocol; __be16 sum; __be32 source, destination; } head;
	if (offset + 20 > frame->length || apus_load(frame, offset, &head, 20)) return;
	__u32 length = (__u32)(head.first & 15) * 4;
	if (head.first >> 4 != 4 || length < 20 || offset + length > frame->length) return;
	layout->network = (__u16)offset;
	key->ip_tos = head.tos;
	key->ip_ttl = head.ttl;
	key->ip_proto = head.protocol;
	__builtin_memcpy(key->ip_source, &head.source, 4);
	__builtin_memcpy(key->ip_destination, &head.destination, 4);
	if (head.part & APUS_BE16(0x1fff)) {
		key->fragment = APUS_FRAGMENT_ANY | APUS_FRAGMENT_LATER;
		return;
	}
	if (head.part & APUS_BE16(0x2000)) key->fragment = APUS_FRAGMENT_ANY;
	apus_read_transport(frame, offset + length, head.protocol, 1, key, layout);
}

APUS_INLINE void apus_read_ipv6(const struct apus_frame *frame, __u32 offset, struct apus_flow_key *key, struct apus_layout *layout) {
	struct { __be32 first; __be16 length; __u8 next, hops; __u8 source[16], destination[16]; } head;
	if (offset + 40 > frame->length || apus_load(frame, offset, &head, 40)) return;
	__u32 first = __builtin_bswap32(head.first);
	if (first >> 28 != 6) return;
	layout->network = (__u16)offset;
	key->ip_tos = (__u8)(first >> 20);
	key->ipv6_label = head.first & __builtin_bswap32(0xfffff);
	key->ip_ttl = head.hops;
	__builtin_memcpy(key->ip_source, head.source, 16);
	__builtin_memcpy(key->ip_destination, head.destination, 16);
	__u8 type = head.next;
	__u32 place = offset + 40;
	for (int count = 0; count < APUS_MOST_EXTENSIONS; count++) {
		struct { __u8 next, length; __be16 part; __be32 rest; } extension;
		if (type != 0 && type != 43 && type != 44 && type != 51 && type != 60) break;
		if (place + 8 > frame->length || apus_load(frame, place, &extension, 8)) break;
		__u32 length = 8;
		if (type == 44) {
			if (extension.part & APUS_BE16(0xfff9)) key->fragment = APUS_FRAGMENT_ANY;
			if (extension.part & APUS_BE16(0xfff8)) {
				key->fragment = APUS_FRAGMENT_ANY | APUS_FRAGMENT_LATER;
				break;
			}
		} else {
			length = type == 51 ? ((__u32)extension.length + 2) * 4 : ((__u32)extension.length + 1) * 8;
		}
		if (place + length > frame->length) break;
		place += length;
		type = extension.next;
	}
	key->ip_proto = type;
	if (!(key->fragment & APUS_FRAGMENT_LATER)) apus_read_transport(frame, place, type, 58, key, layout);
}

APUS_INLINE void apus_read_arp(const struct apus_frame *frame, __u32 offset, struct apus_flow_key *key, struct apus_layout *layout) {
	struct { __be16 hardware, protocol; __u8 lengths[2]; __be16 operation; __u8 sender[6], source[4], target[6], destination[4]; } head;
	if (offset + 28 > frame->length || apus_load(frame, offset, &head, 28)) return;
	if (head.hardware != APUS_BE16(1) || head.protocol != APUS_BE16(0x0800) || head.lengths[0] != 6 || head.lengths[1] != 4) return;
	layout->network = (__u16)offset;
	/* The operation's high byte is the first. */
	key->ip_proto = (head.operation & 0xff) ? 0 : (__u8)(head.operation >> 8);
	__builtin_memcpy(key->arp_source, head.sender, 6);
	__builtin_memcpy(key->ip_source, head.source, 4);
	__builtin_memcpy(key->arp_destination, head.target, 6);
	__builtin_memcpy(key->ip_destination, head.destination, 4);
}

/* Reads the key; the caller has zeroed key and layout and sets key->in_port itself. */
APUS_INLINE void apus_parse(const struct apus_frame *frame, struct apus_flow_key *key, struct apus_layout *layout) {
	struct { __u8 destination[6], source[6]; __be16 type; } head;
	if (frame->length < 14 || apus_load(frame, 0, &head, 14)) return;
	__builtin_memcpy(key->eth_dst, head.destination, 6);
	__builtin_memcpy(key->eth_src, head.source, 6);
	__be16 type = head.type;
	__u32 offset = 14;
	int count = 0;
	if (frame->tag_present) {
		key->vlan[0].tpid = frame->tag_protocol;
		key->vlan[0].tci = APUS_BE16(frame->tag_control) | APUS_BE16(APUS_VLAN_PRESENT);
		count = 1;
	}
	for (int step = 0; step < 2; step++) {
		struct { __be16 control, type; } tag;
		if (count >= 2 || !apus_is_vlan(type) || offset + 4 > frame->length || apus_load(frame, offset, &tag, 4)) break;
		struct apus_vlan read = { type, tag.control | APUS_BE16(APUS_VLAN_PRESENT) };
		if (count == 0)
			key->vlan[0] = read;
		else
			key->vlan[1] = read;
		count++;
		type = tag.type;
		offset += 4;
	}
	key->vlan_count = (__u8)count;
	if (__builtin_bswap16(type) < 0x0600) {
		key->eth_type = APUS_BE16(0x05ff);
		return;
	}
	key->eth_type = type;
	if (type == APUS_BE16(0x0800))
		apus_read_ipv4(frame, offset, key, layout);
	else if (type == APUS_BE16(0x86dd))
		apus_read_ipv6(frame, offset, key, layout);
	else if (type == APUS_BE16(0x0806) || type == APUS_BE16(0x8035))
		apus_read_arp(frame, offset, key, layout);
}

#endif
