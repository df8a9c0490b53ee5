#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#include "socket.h"

enum { FIRST_TABLE = 1024 };

static int start(struct worker *worker) {
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
	worker->poll = epoll_create1(EPOLL_CLOEXEC);
	if (worker->poll < 0 || epoll_ctl(worker->poll, EPOLL_CTL_ADD, worker->all->stop, &event)) return -1;
	worker->passes = 1;
	int error = pthread_create(&worker->thread, NULL, apus_work, worker);
	if (error) {
		errno = error;
		return -1;
	}
	worker->runs = true;
	return 0;
}

struct apus_socket *apus_socket_new(int threads) {
	struct apus_socket *all = aligned_alloc(64, (sizeof *all + 63) / 64 * 64);
	if (!all) return NULL;
	memset(all, 0, sizeof *all);
	all->threads = threads < 1 ? 1 : threads >= WORKERS ? WORKERS - 1 : (unsigned)threads;
	all->upcalls[0] = all->upcalls[1] = all->stop = -1;
	struct table *table = calloc(1, sizeof *table + FIRST_TABLE * sizeof table->flows[0]);
	struct masks *masks = calloc(1, sizeof *masks);
	struct ports *ports = calloc(1, sizeof *ports);
	all->table = table;
	all->masks = masks;
	all->ports = ports;
	for (int index = 0; index < WORKERS; index++) {
		all->workers[index].all = all;
		all->workers[index].number = (unsigned)index;
		all->workers[index].poll = -1;
		all->workers[index].large = (unsigned)index <= all->threads ? malloc(LARGEST) : NULL;
	}
	if (!table || !masks || !ports || getrandom(&all->seed, sizeof all->seed, 0) != sizeof all->seed) goto failed;
	table->size = FIRST_TABLE;
	/* Generation 0 is that of caches that hold nothing. */
	all->generation = 1;
	/* With one processor to look is to keep the other side from sending. */
	all->linger = sysconf(_SC_NPROCESSORS_ONLN) > 1 ? LINGER : 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, all->upcalls)) goto failed;
	int size = 16 << 20;
	if (setsockopt(all->upcalls[1], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size)) setsockopt(all->upcalls[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
	all->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (all->stop < 0) goto failed;
	for (unsigned index = 0; index < all->threads; index++)
		if (start(&all->workers[index])) goto failed;
	return all;
failed:;
	int error = errno;
	apus_socket_free(all);
	errno = error;
	return NULL;
}

void apus_socket_free(struct apus_socket *all) {
	uint64_t one = 1;
	atomic_store(&all->is_stopping, true);
	if (all->stop >= 0 && write(all->stop, &one, sizeof one) < 0) abort();
	for (unsigned index = 0; index < all->threads; index++)
		if (all->workers[index].runs) pthread_join(all->workers[index].thread, NULL);
	struct ports *ports = atomic_load(&all->ports);
	all->threads = 0;
	while (ports && ports->count > 0) {
		if (apus_socket_remove_port(all, ports->list[0]->port.number)) break;
		ports = atomic_load(&all->ports);
	}
	struct table *table = atomic_load(&all->table);
	for (uint32_t place = 0; table && place < table->size; place++) {
		struct apus_socket_flow *flow = table->flows[place];
		/* Only what was allocated has actions' room behind it; the mark of removed ones has no mask. */
		if (flow && flow->hash) free(flow);
	}
	apus_free_later(all, table);
	apus_free_later(all, atomic_load(&all->masks));
	apus_free_later(all, atomic_load(&all->ports));
	for (int index = 0; index < WORKERS; index++) {
		if (all->workers[index].poll >= 0) close(all->workers[index].poll);
		free(all->workers[index].large);
	}
	for (int index = 0; index < 2; index++)
		if (all->upcalls[index] >= 0) close(all->upcalls[index]);
	if (all->stop >= 0) close(all->stop);
	free(all);
}

int apus_socket_set_meter(struct apus_socket *all, uint32_t number, uint64_t rate, uint64_t burst) {
	struct meter *meter = apus_find_meter(all, number, rate > 0);
	if (!meter && rate == 0) return 0;
	if (!meter) {
		errno = ENOSPC;
		return -1;
	}
	while (atomic_flag_test_and_set_explicit(&meter->busy, memory_order_acquire)) {
	}
	meter->is_used = rate > 0;
	meter->number = number;
	meter->rate = rate;
	meter->burst = meter->tokens = burst;
	atomic_flag_clear_explicit(&meter->busy, memory_order_release);
	return 0;
}

void apus_socket_drops(struct apus_socket *all, uint64_t *drops) {
	memset(drops, 0, APUS_MOST_REASONS * sizeof *drops);
	for (int index = 0; index < WORKERS; index++)
		for (int reason = 0; reason < APUS_MOST_REASONS; reason++) drops[reason] += all->workers[index].drops[reason];
	/* What rings had no room for; asking sets the kernel's count to zero. */
	struct ports *ports = atomic_load(&all->ports);
	for (uint32_t index = 0; index < ports->count; index++) {
		struct tpacket_stats lost;
		socklen_t size = sizeof lost;
		if (getsockopt(ports->list[index]->socket, SOL_PACKET, PACKET_STATISTICS, &lost, &size) == 0) all->lost += lost.tp_drops;
	}
	drops[DROP_QUEUE_FULL] += all->lost;
}

int apus_socket_descriptor(struct apus_socket *all) { return all->upcalls[0]; }

int64_t apus_socket_receive(struct apus_socket *all, uint32_t *number, uint16_t *reason, uint8_t *room, uint32_t size) {
	struct apus_upcall about;
	struct iovec parts[2] = {{&about, sizeof about}, {room, size}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
	ssize_t count = recvmsg(all->upcalls[0], &message, MSG_DONTWAIT);
	if (count < 0) return -1;
	struct port *port = apus_find_port(all, about.port);
	if (port) atomic_fetch_add(&port->taken, 1);
	*number = about.port;
	*reason = about.reason;
	return count - (int64_t)sizeof about;
}

int apus_socket_execute(struct apus_socket *all, uint32_t port, const uint8_t offload[10], uint8_t *frame, uint32_t size,
	const struct apus_action *actions, uint32_t count) {
	if (size < 14 || size > LARGEST) {
		errno = EINVAL;
		return -1;
	}
	struct worker *worker = &all->workers[all->threads];
	struct packet packet = {.from = apus_find_port(all, port), .data = frame, .length = size};
	memcpy(&packet.offload, offload, sizeof packet.offload);
	apus_read_key(&packet);
	apus_run(worker, &packet, actions, count);
	if (worker->waiting) apus_flush(worker);
	return 0;
}
