/* The flow key: all of a packet that the switch may decide by, packed the same way for Swift, C and BPF.
 *
 * Values from the packet stay in network byte order, as they lie on the wire; numbers of our own (ports, counts) are in host order.
 * What a packet does not have is zero, so that two packets of a flow have equal keys byte for byte. A mask has the same shape: a 1 bit
 * counts, a 0 bit does not. The safe direction of an inexact mask is more 1 bits: a flow is then split, never mistaken.
 *
 * By which rules a key is read from a frame is said in Sources/PacketCore/Parse/FlowKey+Parse.swift; every parser follows them.
 *
 * Fields that only the pipeline of tables knows (metadata, registers) are not here: a datapath never sees them.
 */
#ifndef APUS_FLOW_H
#define APUS_FLOW_H

#include <linux/types.h>

/* Bits of fragment. */
#define APUS_FRAGMENT_ANY 1   /* a part of a datagram */
#define APUS_FRAGMENT_LATER 2 /* not the first part: it has no ports */

/* In a tag control information, where 802.1Q has the drop eligible bit: there is a tag. */
#define APUS_VLAN_PRESENT 0x1000

struct apus_vlan {
	__be16 tpid;
	__be16 tci; /* priority, APUS_VLAN_PRESENT, VLAN ID */
};

struct apus_flow_key {
	__u32 in_port;            /* host order; a port's number is its own, not the kernel's interface index */
	__u32 recirculation;      /* 0 but for packets that come back from a datapath's own action */
	__be64 tunnel_id;         /* the VNI of a packet that came out of a tunnel */
	__be32 tunnel_source;     /* the sending VTEP */
	__u32 bond_hash;          /* reserved for balancing over a bond */
	__u8 eth_dst[6];
	__be16 eth_type;          /* of the payload, behind all VLAN tags; a length (802.3) is 0x05ff */
	__u8 eth_src[6];
	__u8 vlan_count;          /* tags that the key holds: 0 to 2 */
	__u8 reserved;
	struct apus_vlan vlan[2]; /* outermost first */
	__u8 ip_proto;            /* IPv6: behind the extension headers. ARP: the low byte of the operation */
	__u8 ip_tos;              /* IPv6: traffic class */
	__u8 ip_ttl;              /* IPv6: hop limit */
	__u8 fragment;            /* APUS_FRAGMENT_* */
	__be16 source_port;       /* TCP, UDP, SCTP; ICMP and ICMPv6: the type in the low byte */
	__be16 destination_port;  /* ICMP and ICMPv6: the code in the low byte */
	__be16 tcp_flags;         /* the low 12 bits of the 13th and 14th byte of TCP */
	__be16 reserved2;
	__be32 ipv6_label;        /* the low 20 bits */
	__u8 ip_source[16];       /* IPv4, and ARP's sender: the first four bytes, the rest 0 */
	__u8 ip_destination[16];  /* IPv4, and ARP's target: the first four bytes */
	__u8 arp_source[6];       /* ARP's sender hardware address; of ND the source link-layer address option */
	__u8 arp_destination[6];  /* ARP's target hardware address; of ND the target link-layer address option */
	__be32 reserved3;
	__u8 nd_target[16];       /* of a neighbour solicitation or advertisement */
};

#define APUS_FLOW_KEY_WORDS 16 /* of 8 bytes */

_Static_assert(sizeof(struct apus_flow_key) == APUS_FLOW_KEY_WORDS * 8, "the flow key is whole words without holes");

#endif
