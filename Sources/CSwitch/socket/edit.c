/* Fields of a packet in memory. A checksum that the sender has put off (NEEDS_CSUM) holds the sum over the pseudo header alone. */
#include <string.h>

#include "socket.h"

enum { TCP = 6, UDP = 17, ICMP = 1, ICMPV6 = 58 };

static uint32_t add_up(const uint8_t *bytes, uint32_t count) {
	uint32_t sum = 0;
	for (uint32_t index = 0; index + 1 < count; index += 2) {
		uint16_t word;
		memcpy(&word, bytes + index, 2);
		sum += word;
	}
	return sum;
}

static uint16_t fold(uint32_t sum) {
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)((sum & 0xffff) + (sum >> 16));
}

/* Mends the checksum at a place for words that changed from old to new (RFC 1624). */
static void mend(uint8_t *at, const uint8_t *old, const uint8_t *new, uint32_t count, bool is_partial, bool is_udp) {
	uint16_t sum;
	memcpy(&sum, at, 2);
	if (is_udp && sum == 0 && !is_partial) return;
	uint32_t change = fold(add_up(new, count)) + (uint16_t)~fold(add_up(old, count));
	sum = is_partial ? fold(sum + change) : (uint16_t)~fold((uint16_t)~sum + change);
	if (is_udp && sum == 0 && !is_partial) sum = 0xffff;
	memcpy(at, &sum, 2);
}

/* The place of the transport's checksum, or NULL. */
static uint8_t *checksum_of(struct packet *packet) {
	if (!packet->layout.transport) return NULL;
	uint8_t *transport = packet->data + packet->layout.transport;
	switch (packet->key.ip_proto) {
	case TCP: return transport + 16;
	case UDP: return transport + 6;
	case ICMP: case ICMPV6: return transport + 2;
	default: return NULL;
	}
}

/* Whether a change at a place changes the transport's checksum, and which way. */
enum cover { UNCOVERED, PSEUDO, MESSAGE };

/* Sets bytes under a mask; those that checksums cover lie at even places. */
static int set_bytes(struct packet *packet, uint32_t offset, const uint8_t *value, const uint8_t *mask, uint32_t count, bool in_ip4, enum cover cover) {
	uint8_t old[16], new[16];
	/* Whole words for the checksum. */
	uint32_t begin = offset & ~1u, end = (offset + count + 1) & ~1u, size = end - begin;
	/* The layout of every frame has its headers at even places, as tags and headers have even sizes. */
	if (end > packet->length || size > sizeof old) return -1;
	memcpy(old, packet->data + begin, size);
	memcpy(new, old, size);
	for (uint32_t index = 0; index < count; index++) {
		uint8_t *byte = new + (offset - begin) + index;
		*byte = (uint8_t)((*byte & ~mask[index]) | (value[index] & mask[index]));
	}
	if (in_ip4) mend(packet->data + packet->layout.network + 10, old, new, size, false, false);
	uint8_t *sum = checksum_of(packet);
	bool is_partial = packet->offload.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM;
	if (sum && cover != UNCOVERED && packet->key.ip_proto != (cover == PSEUDO ? ICMP : 0) && !(cover == MESSAGE && is_partial))
		mend(sum, old, new, size, is_partial, packet->key.ip_proto == UDP);
	memcpy(packet->data + begin, new, size);
	return 0;
}

static int set_vlan(struct packet *packet, const struct apus_action *action) {
	uint16_t value, mask;
	memcpy(&value, action->set.value, 2);
	memcpy(&mask, action->set.mask, 2);
	value = __builtin_bswap16(value);
	mask = __builtin_bswap16(mask) & (uint16_t)~APUS_VLAN_PRESENT;
	if (packet->tags) {
		uint16_t *control = &packet->tag[packet->tags - 1].control;
		*control = (uint16_t)((*control & ~mask) | (value & mask));
		return 0;
	}
	__be16 type;
	memcpy(&type, packet->data + 12, 2);
	if (!apus_is_vlan(type) || packet->length < 18) return 0;
	return set_bytes(packet, 14, action->set.value, (const uint8_t[]){action->set.mask[0] & 0xef, action->set.mask[1]}, 2, false, UNCOVERED);
}

static int set_port(struct packet *packet, const struct apus_action *action, int is_second) {
	uint32_t transport = packet->layout.transport;
	uint8_t protocol = packet->key.ip_proto;
	if (!transport) return 0;
	if (protocol == TCP || protocol == UDP) return set_bytes(packet, transport + (is_second ? 2 : 0), action->set.value, action->set.mask, 2, false, MESSAGE);
	if (protocol != ICMP && protocol != ICMPV6) return -1;
	return set_bytes(packet, transport + (is_second ? 1 : 0), action->set.value + 1, action->set.mask + 1, 1, false, MESSAGE);
}

static int set_tos(struct packet *packet, const struct apus_action *action, bool is_v6) {
	uint32_t network = packet->layout.network;
	uint8_t value = action->set.value[0], mask = action->set.mask[0];
	if (!is_v6) return set_bytes(packet, network + 1, &value, &mask, 1, true, UNCOVERED);
	return set_bytes(packet, network, (const uint8_t[]){value >> 4, (uint8_t)(value << 4)}, (const uint8_t[]){mask >> 4, (uint8_t)(mask << 4)}, 2, false, UNCOVERED);
}

int apus_set_field(struct packet *packet, const struct apus_action *action) {
	const uint8_t *value = action->set.value, *mask = action->set.mask;
	uint32_t network = packet->layout.network;
	__be16 type = packet->key.eth_type;
	bool is_v4 = type == APUS_BE16(0x0800), is_v6 = type == APUS_BE16(0x86dd), is_arp = type == APUS_BE16(0x0806) || type == APUS_BE16(0x8035);
	if (action->field == APUS_FIELD_ETH_DST) return set_bytes(packet, 0, value, mask, 6, false, UNCOVERED);
	if (action->field == APUS_FIELD_ETH_SRC) return set_bytes(packet, 6, value, mask, 6, false, UNCOVERED);
	if (action->field == APUS_FIELD_VLAN_TCI) return set_vlan(packet, action);
	if (!network) return 0;
	switch (action->field) {
	case APUS_FIELD_IP_PROTO: return is_arp ? set_bytes(packet, network + 7, value, mask, 1, false, UNCOVERED) : -1;
	case APUS_FIELD_IP_TOS: return is_v4 || is_v6 ? set_tos(packet, action, is_v6) : -1;
	case APUS_FIELD_IP_TTL: return is_v4 || is_v6 ? set_bytes(packet, network + (is_v6 ? 7 : 8), value, mask, 1, is_v4, UNCOVERED) : -1;
	case APUS_FIELD_SOURCE_PORT: return set_port(packet, action, 0);
	case APUS_FIELD_DESTINATION_PORT: return set_port(packet, action, 1);
	case APUS_FIELD_IPV6_LABEL:
		if (!is_v6) return -1;
		return set_bytes(packet, network, value, (const uint8_t[]){0, mask[1] & 0x0f, mask[2], mask[3]}, 4, false, UNCOVERED);
	case APUS_FIELD_IP_SOURCE:
		if (is_arp) return set_bytes(packet, network + 14, value, mask, 4, false, UNCOVERED);
		return set_bytes(packet, network + (is_v6 ? 8 : 12), value, mask, is_v6 ? 16 : 4, is_v4, PSEUDO);
	case APUS_FIELD_IP_DESTINATION:
		if (is_arp) return set_bytes(packet, network + 24, value, mask, 4, false, UNCOVERED);
		return set_bytes(packet, network + (is_v6 ? 24 : 16), value, mask, is_v6 ? 16 : 4, is_v4, PSEUDO);
	case APUS_FIELD_ARP_SOURCE:
		if (is_arp) return set_bytes(packet, network + 8, value, mask, 6, false, UNCOVERED);
		return packet->layout.source_option ? set_bytes(packet, packet->layout.source_option + 2u, value, mask, 6, false, MESSAGE) : 0;
	case APUS_FIELD_ARP_DESTINATION:
		if (is_arp) return set_bytes(packet, network + 18, value, mask, 6, false, UNCOVERED);
		return packet->layout.target_option ? set_bytes(packet, packet->layout.target_option + 2u, value, mask, 6, false, MESSAGE) : 0;
	case APUS_FIELD_ND_TARGET: return packet->layout.transport ? set_bytes(packet, packet->layout.transport + 8u, value, mask, 16, false, MESSAGE) : 0;
	default: return -1;
	}
}

int apus_push_vlan(struct packet *packet, uint32_t argument) {
	if (packet->tags == TAGS) return -1;
	packet->tag[packet->tags].protocol = APUS_BE16((uint16_t)(argument >> 16));
	packet->tag[packet->tags++].control = (uint16_t)argument;
	return 0;
}

static void shift(uint16_t *place) {
	if (*place) *place -= 4;
}

int apus_pop_vlan(struct packet *packet) {
	__be16 type;
	memcpy(&type, packet->data + 12, 2);
	if (packet->tags) {
		packet->tags--;
		return 0;
	}
	if (!apus_is_vlan(type) || packet->length < 18) return 0;
	memmove(packet->data + 4, packet->data, 12);
	packet->data += 4;
	packet->length -= 4;
	if (packet->offload.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) packet->offload.csum_start -= 4;
	shift(&packet->layout.network);
	shift(&packet->layout.transport);
	shift(&packet->layout.source_option);
	shift(&packet->layout.target_option);
	return 0;
}
