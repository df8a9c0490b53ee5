#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "socket.h"

static void set_buffer(int socket, int forced, int usual, int size) {
	/* More than the host's limit only with the privilege for it. */
	if (setsockopt(socket, SOL_SOCKET, forced, &size, sizeof size)) setsockopt(socket, SOL_SOCKET, usual, &size, sizeof size);
}

static int open_socket(uint32_t interface, uint8_t **ring) {
	int socket_ = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), version = TPACKET_V2, one = 1;
	if (socket_ < 0) return -1;
	struct tpacket_req request = {.tp_block_size = SLOTS * SLOT, .tp_block_nr = 1, .tp_frame_size = SLOT, .tp_frame_nr = SLOTS};
	struct packet_mreq all = {.mr_ifindex = (int)interface, .mr_type = PACKET_MR_PROMISC};
	struct sockaddr_ll where = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)interface};
	set_buffer(socket_, SO_RCVBUFFORCE, SO_RCVBUF, 8 << 20);
	set_buffer(socket_, SO_SNDBUFFORCE, SO_SNDBUF, 8 << 20);
	if (setsockopt(socket_, SOL_PACKET, PACKET_VERSION, &version, sizeof version) || setsockopt(socket_, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof one) ||
		setsockopt(socket_, SOL_PACKET, PACKET_COPY_THRESH, &one, sizeof one) || setsockopt(socket_, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one) ||
		setsockopt(socket_, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one) || setsockopt(socket_, SOL_PACKET, PACKET_RX_RING, &request, sizeof request) ||
		setsockopt(socket_, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof all))
		goto failed;
	*ring = mmap(NULL, SLOTS * SLOT, PROT_READ | PROT_WRITE, MAP_SHARED, socket_, 0);
	if (*ring == MAP_FAILED) goto failed;
	if (bind(socket_, (struct sockaddr *)&where, sizeof where) == 0) return socket_;
	int error = errno;
	munmap(*ring, SLOTS * SLOT);
	errno = error;
failed:;
	int first = errno;
	close(socket_);
	errno = first;
	return -1;
}

static void close_port(struct port *port) {
	munmap(port->ring, SLOTS * SLOT);
	close(port->socket);
	free(port);
}

/* The ports with one more, or without one, in the order of their numbers. */
static int publish(struct apus_socket *all, struct port *more, struct port *without) {
	struct ports *before = atomic_load(&all->ports);
	struct ports *after = calloc(1, sizeof *after + (before->count + 1) * sizeof after->list[0]);
	if (!after) return -1;
	for (uint32_t index = 0; index < before->count; index++) {
		if (more && before->list[index]->port.number > more->port.number) {
			after->list[after->count++] = more;
			more = NULL;
		}
		if (before->list[index] != without) after->list[after->count++] = before->list[index];
	}
	if (more) after->list[after->count++] = more;
	atomic_store_explicit(&all->ports, after, memory_order_release);
	apus_free_later(all, before);
	return 0;
}

int apus_socket_add_port(struct apus_socket *all, const struct apus_port *about) {
	struct port *known = apus_find_port(all, about->number);
	if (known) {
		/* What may change of a port while packets pass it. */
		known->port.mtu = about->mtu;
		return 0;
	}
	struct port *port = aligned_alloc(64, (sizeof *port + 63) / 64 * 64);
	if (!port) return -1;
	memset(port, 0, sizeof *port);
	port->port = *about;
	port->socket = open_socket(about->interface, &port->ring);
	if (port->socket < 0) {
		free(port);
		return -1;
	}
	port->worker = &all->workers[about->slot % all->threads];
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = port};
	if (publish(all, port, NULL) == 0) {
		if (epoll_ctl(port->worker->poll, EPOLL_CTL_ADD, port->socket, &event) == 0) return 0;
		int error = errno;
		publish(all, NULL, port);
		apus_wait_for_workers(all);
		errno = error;
	}
	int error = errno;
	close_port(port);
	errno = error;
	return -1;
}

int apus_socket_remove_port(struct apus_socket *all, uint32_t number) {
	struct port *port = apus_find_port(all, number);
	if (!port) return 0;
	if (publish(all, NULL, port)) return -1;
	epoll_ctl(port->worker->poll, EPOLL_CTL_DEL, port->socket, NULL);
	atomic_store(&port->is_removed, true);
	apus_wait_for_workers(all);
	apus_wait_for_workers(all);
	close_port(port);
	return 0;
}

void apus_socket_port_counters(struct apus_socket *all, uint32_t number, struct apus_port_counters *sum) {
	struct port *port = apus_find_port(all, number);
	memset(sum, 0, sizeof *sum);
	for (int index = 0; port && index < WORKERS; index++) {
		sum->received_packets += port->counters[index].received_packets;
		sum->received_bytes += port->counters[index].received_bytes;
		sum->sent_packets += port->counters[index].sent_packets;
		sum->sent_bytes += port->counters[index].sent_bytes;
	}
}
