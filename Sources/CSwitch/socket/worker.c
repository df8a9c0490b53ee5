#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "socket.h"

void apus_read_key(struct packet *packet) {
	memset(&packet->key, 0, sizeof packet->key);
	memset(&packet->layout, 0, sizeof packet->layout);
	struct apus_frame frame = {.bytes = packet->data, .length = packet->length, .tag_present = packet->tags};
	if (packet->tags) {
		frame.tag_protocol = packet->tag[0].protocol;
		frame.tag_control = packet->tag[0].control;
	}
	apus_parse(&frame, &packet->key, &packet->layout);
	if (packet->from) packet->key.in_port = packet->from->port.number;
}

static void forward(struct worker *worker, struct packet *packet) {
	struct port *port = packet->from;
	uint32_t length = packet->length + 4 * packet->tags;
	port->counters[worker->number].received_packets++;
	port->counters[worker->number].received_bytes += length;
	apus_read_key(packet);
	struct apus_socket_flow *flow = apus_table_find(worker, &packet->key);
	if (!flow) {
		static const struct apus_action miss = {.kind = APUS_ACTION_UPCALL, .argument = 0};
		apus_run(worker, packet, &miss, 1);
		return;
	}
	struct apus_flow_counters *counters = &flow->counters[worker->number];
	counters->packets++;
	counters->bytes += length;
	counters->last_used = worker->now;
	counters->tcp_flags |= __builtin_bswap16(packet->key.tcp_flags);
	apus_run(worker, packet, flow->actions, flow->count);
}

/* A frame that its slot had no room for waits, whole, in the socket's queue. */
static bool fetch_large(struct worker *worker, struct packet *packet) {
	ssize_t size = recv(packet->from->socket, worker->large, LARGEST, MSG_DONTWAIT);
	if (size < (ssize_t)sizeof packet->offload + 14) return false;
	memcpy(&packet->offload, worker->large, sizeof packet->offload);
	packet->data = worker->large + sizeof packet->offload;
	packet->length = (uint32_t)size - sizeof packet->offload;
	return true;
}

static void take(struct worker *worker, struct port *port, struct tpacket2_hdr *slot, uint32_t status) {
	struct packet packet = {.from = port, .data = (uint8_t *)slot + slot->tp_mac, .length = slot->tp_snaplen};
	memcpy(&packet.offload, packet.data - sizeof packet.offload, sizeof packet.offload);
	if (status & TP_STATUS_VLAN_VALID) {
		packet.tags = 1;
		packet.tag[0].protocol = status & TP_STATUS_VLAN_TPID_VALID ? APUS_BE16(slot->tp_vlan_tpid) : APUS_BE16(0x8100);
		packet.tag[0].control = slot->tp_vlan_tci;
	}
	bool is_large = slot->tp_snaplen < slot->tp_len;
	if (is_large && (!(status & TP_STATUS_COPY) || !fetch_large(worker, &packet))) return count_drop(worker, DROP_QUEUE_FULL);
	if (packet.length < 14) return count_drop(worker, DROP_MALFORMED);
	forward(worker, &packet);
	/* The next large one takes the place of its bytes. */
	if (is_large) apus_flush(worker);
}

/* As many as the ring has, at most a batch. */
static unsigned serve(struct worker *worker, struct port *port) {
	unsigned count = 0;
	uint32_t first = port->next;
	while (count < BATCH) {
		struct tpacket2_hdr *slot = (struct tpacket2_hdr *)(port->ring + (port->next % SLOTS) * SLOT);
		uint32_t status = __atomic_load_n(&slot->tp_status, __ATOMIC_ACQUIRE);
		if (!(status & TP_STATUS_USER)) break;
		take(worker, port, slot, status);
		port->next++;
		count++;
	}
	if (worker->waiting) apus_flush(worker);
	/* Only now the kernel may write there again. */
	for (uint32_t index = first; index != port->next; index++)
		__atomic_store_n(&((struct tpacket2_hdr *)(port->ring + (index % SLOTS) * SLOT))->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
	return count;
}

/* What was published before may be seen from here on, and what was held before is not held any more: passes goes on by an even number. */
static void begin_burst(struct worker *worker, unsigned passes) {
	struct timespec time;
	atomic_fetch_add(&worker->passes, passes);
	worker->generation = atomic_load(&worker->all->generation);
	clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
	worker->now = (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void rest(void) {
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

static uint64_t exact_time(void) {
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* Serves the ports that the kernel says have packets, and remembers them. */
static unsigned serve_ready(struct worker *worker, int timeout) {
	struct epoll_event events[32];
	unsigned served = 0;
	int count = epoll_wait(worker->poll, events, 32, timeout);
	if (timeout < 0) begin_burst(worker, 1);
	for (int index = 0; index < count; index++) {
		struct port *port = events[index].data.ptr;
		/* Without a port it is the event that stops all. */
		if (!port) continue;
		unsigned packets = serve(worker, port);
		served += packets;
		if (packets == 0 && events[index].events & (EPOLLERR | EPOLLHUP)) {
			int error;
			socklen_t size = sizeof error;
			getsockopt(port->socket, SOL_SOCKET, SO_ERROR, &error, &size);
		}
		bool is_known = packets == 0 || worker->active_count == ACTIVE;
		for (unsigned place = 0; !is_known && place < worker->active_count; place++) is_known = worker->active[place] == port;
		if (!is_known) worker->active[worker->active_count++] = port;
	}
	return served;
}

static unsigned serve_active(struct worker *worker) {
	unsigned served = 0;
	for (unsigned place = 0; place < worker->active_count;) {
		/* A removed port is there until two passes after it was marked: one to see the mark, one to have forgotten it. */
		if (atomic_load(&worker->active[place]->is_removed))
			worker->active[place] = worker->active[--worker->active_count];
		else
			served += serve(worker, worker->active[place++]);
	}
	return served;
}

/* Goes on looking for a while before it sleeps: to be woken costs both sides more than the packet itself does, and
 * with a sleep between any two packets nothing is ever done in batches. */
static void linger(struct worker *worker) {
	uint64_t last = exact_time();
	for (unsigned turn = 1; !atomic_load(&worker->all->is_stopping); turn++) {
		begin_burst(worker, 2);
		unsigned served = serve_active(worker);
		if (turn % 16 == 0) served += serve_ready(worker, 0);
		uint64_t now = exact_time();
		if (served > 0)
			last = now;
		else if (now - last > worker->all->linger)
			break;
		else
			rest();
	}
	worker->active_count = 0;
}

void *apus_work(void *argument) {
	struct worker *worker = argument;
	while (!atomic_load(&worker->all->is_stopping)) {
		/* It begins waiting, with an odd count. */
		unsigned served = serve_ready(worker, -1);
		if (served > 0) linger(worker);
		worker->active_count = 0;
		atomic_fetch_add(&worker->passes, 1);
	}
	return NULL;
}
