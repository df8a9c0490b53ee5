#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "socket.h"

/* Sends what waits; what the other side has no room for is lost, as on a wire. */
void apus_flush(struct worker *worker) {
	unsigned done = 0;
	while (done < worker->waiting) {
		int sent = sendmmsg(worker->out->socket, worker->messages + done, worker->waiting - done, MSG_DONTWAIT);
		if (sent > 0)
			done += (unsigned)sent;
		else if (errno != EINTR)
			done++;
	}
	worker->waiting = 0;
	worker->out = NULL;
}

/* The head of a packet as it is now: the offload, addresses and the tags that lay beside. Returns its size. */
static uint32_t write_head(const struct packet *packet, uint8_t *head) {
	struct virtio_net_hdr offload = packet->offload;
	uint32_t size = sizeof offload + 12;
	if (offload.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) offload.csum_start += 4 * packet->tags;
	if (offload.hdr_len) offload.hdr_len += 4 * packet->tags;
	memcpy(head, &offload, sizeof offload);
	memcpy(head + sizeof offload, packet->data, 12);
	for (uint32_t index = packet->tags; index > 0; index--) {
		__be16 control = APUS_BE16(packet->tag[index - 1].control);
		memcpy(head + size, &packet->tag[index - 1].protocol, 2);
		memcpy(head + size + 2, &control, 2);
		size += 4;
	}
	return size;
}

static void output(struct worker *worker, struct packet *packet, uint32_t number) {
	struct port *port = apus_find_port(worker->all, number);
	if (!port) return count_drop(worker, DROP_UNKNOWN_PORT);
	uint32_t length = packet->length + 4 * packet->tags;
	/* A tag beside is not of the MTU. */
	if (port->port.mtu && packet->length > port->port.mtu + 14 && packet->offload.gso_type == VIRTIO_NET_HDR_GSO_NONE) return count_drop(worker, DROP_MTU);
	port->counters[worker->number].sent_packets++;
	port->counters[worker->number].sent_bytes += length;
	if (worker->waiting == BATCH || (worker->out && worker->out != port)) apus_flush(worker);
	worker->out = port;
	unsigned index = worker->waiting++;
	worker->parts[index][0] = (struct iovec){worker->heads[index], write_head(packet, worker->heads[index])};
	worker->parts[index][1] = (struct iovec){packet->data + 12, packet->length - 12};
	worker->messages[index].msg_hdr = (struct msghdr){.msg_iov = worker->parts[index], .msg_iovlen = 2};
}

/* To the daemon, if this port and all together have not too many on their way. */
static void upcall(struct worker *worker, struct packet *packet, uint32_t reason) {
	struct port *from = packet->from;
	if (!from || (int)(atomic_load(&from->sent) - atomic_load(&from->taken)) >= APUS_PENDING_A_PORT) return count_drop(worker, DROP_QUEUE_FULL);
	uint8_t head[HEADROOM];
	struct apus_upcall about = {.port = from->port.number, .reason = (uint16_t)reason};
	struct iovec parts[3] = {{&about, sizeof about}, {head, write_head(packet, head)}, {packet->data + 12, packet->length - 12}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 3};
	atomic_fetch_add(&from->sent, 1);
	if (sendmsg(worker->all->upcalls[1], &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return;
	atomic_fetch_sub(&from->sent, 1);
	count_drop(worker, DROP_QUEUE_FULL);
}

struct meter *apus_find_meter(struct apus_socket *all, uint32_t number, bool is_new) {
	struct meter *room = NULL;
	uint32_t first = number * 0x9e3779b1u >> 20;
	for (uint32_t step = 0; step < 16; step++) {
		struct meter *meter = &all->meters[(first + step) % METERS];
		if (meter->is_used && meter->number == number) return meter;
		if (!meter->is_used && !room) room = meter;
	}
	return is_new ? room : NULL;
}

static bool meter_allows(struct apus_socket *all, uint32_t number, uint32_t bytes) {
	struct meter *meter = apus_find_meter(all, number, false);
	if (!meter) return true;
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	uint64_t now = (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
	while (atomic_flag_test_and_set_explicit(&meter->busy, memory_order_acquire)) {
	}
	apus_fill_meter(now, meter->rate, meter->burst, &meter->tokens, &meter->last);
	bool allowed = apus_take_tokens(&meter->tokens, meter->burst, apus_meter_cost(number, bytes));
	atomic_flag_clear_explicit(&meter->busy, memory_order_release);
	return allowed;
}

void apus_run(struct worker *worker, struct packet *packet, const struct apus_action *actions, uint32_t count) {
	for (const struct apus_action *action = actions; action < actions + count; action++) {
		int failed = 0;
		switch (action->kind) {
		case APUS_ACTION_OUTPUT:
			for (uint32_t index = 0; index < action->argument && index < APUS_PORTS_AN_ACTION; index++) output(worker, packet, action->ports[index]);
			continue;
		case APUS_ACTION_METER:
			if (meter_allows(worker->all, action->argument, packet->length + 4 * packet->tags)) continue;
			return count_drop(worker, apus_meter_reason(action->argument));
		case APUS_ACTION_UPCALL: return upcall(worker, packet, action->argument);
		case APUS_ACTION_DROP: return count_drop(worker, action->argument);
		default: break;
		}
		/* What waits to be sent lies in the bytes that change now. */
		if (worker->waiting) apus_flush(worker);
		if (action->kind == APUS_ACTION_PUSH_VLAN)
			failed = apus_push_vlan(packet, action->argument);
		else if (action->kind == APUS_ACTION_POP_VLAN)
			failed = apus_pop_vlan(packet);
		else
			failed = action->kind == APUS_ACTION_SET ? apus_set_field(packet, action) : -1;
		if (failed) return count_drop(worker, DROP_FAILED);
	}
}
