/* For bench/switch: what sends and measures inside of the containers.
 *
 *   load send SECONDS SIZE FLOWS MAC SOURCE DESTINATION   UDP by an AF_PACKET ring on eth0; FLOWS source addresses and ports in turn
 *   load echo PORT                                        answers each byte over TCP
 *   load ask SECONDS ADDRESS PORT                         sends a byte, waits for it: prints p50 and p99 in microseconds
 *
 * send prints how many packets the kernel has taken.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void fail(const char *what) {
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double now(void) {
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static uint16_t sum_of(const void *data, size_t size) {
	const uint16_t *words = data;
	uint32_t sum = 0;
	for (size_t index = 0; index < size / 2; index++) sum += words[index];
	while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

enum { FRAMES = 256, FRAME = 2048, HEAD = TPACKET_ALIGN(sizeof(struct tpacket2_hdr)) };

static int open_ring(uint8_t **ring) {
	int raw = socket(AF_PACKET, SOCK_RAW, 0), version = TPACKET_V2, one = 1;
	if (raw < 0) fail("socket");
	struct tpacket_req request = {.tp_block_size = FRAMES * FRAME, .tp_block_nr = 1, .tp_frame_size = FRAME, .tp_frame_nr = FRAMES};
	if (setsockopt(raw, SOL_PACKET, PACKET_VERSION, &version, sizeof version) || setsockopt(raw, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof one) ||
		setsockopt(raw, SOL_PACKET, PACKET_TX_RING, &request, sizeof request))
		fail("ring");
	struct sockaddr_ll where = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex("eth0")};
	if (bind(raw, (struct sockaddr *)&where, sizeof where)) fail("bind to eth0");
	*ring = mmap(NULL, FRAMES * FRAME, PROT_READ | PROT_WRITE, MAP_SHARED, raw, 0);
	if (*ring == MAP_FAILED) fail("mmap");
	return raw;
}

static void build(uint8_t *frame, size_t size, const char *mac, const char *source, const char *destination) {
	memset(frame, 0, size);
	struct ethhdr *ethernet = (struct ethhdr *)frame;
	unsigned bytes[6];
	if (sscanf(mac, "%x:%x:%x:%x:%x:%x", bytes, bytes + 1, bytes + 2, bytes + 3, bytes + 4, bytes + 5) != 6) fail("address");
	for (int index = 0; index < 6; index++) ethernet->h_dest[index] = (uint8_t)bytes[index];
	uint32_t own = inet_addr(source);
	uint8_t from[6] = {2, 0};
	memcpy(from + 2, &own, 4);
	memcpy(ethernet->h_source, from, 6);
	ethernet->h_proto = htons(ETH_P_IP);
	struct iphdr *ip = (struct iphdr *)(frame + 14);
	ip->version = 4;
	ip->ihl = 5;
	ip->tot_len = htons((uint16_t)(size - 14));
	ip->ttl = 64;
	ip->protocol = IPPROTO_UDP;
	ip->saddr = own;
	ip->daddr = inet_addr(destination);
	ip->check = sum_of(ip, 20);
	struct udphdr *udp = (struct udphdr *)(frame + 34);
	udp->source = htons(1024);
	udp->dest = htons(9);
	udp->len = htons((uint16_t)(size - 34));
}

static int send_all(double seconds, size_t size, uint32_t flows, const char *mac, const char *source, const char *destination) {
	/* Sizes count the frame check sequence, as is usual: 64 bytes are 60 in memory. */
	size -= 4;
	uint8_t *ring;
	int raw = open_ring(&ring);
	for (int index = 0; index < FRAMES; index++) build(ring + index * FRAME + HEAD, size, mac, source, destination);
	uint64_t sent = 0;
	uint32_t flow = 0, next = 0;
	double end = now() + seconds;
	while (now() < end) {
		for (int count = 0; count < 64; count++) {
			struct tpacket2_hdr *head = (struct tpacket2_hdr *)(ring + next * FRAME);
			if (__atomic_load_n(&head->tp_status, __ATOMIC_ACQUIRE) != TP_STATUS_AVAILABLE) break;
			if (flows > 1) {
				/* A port and, for more, a destination's port: 65536 of each, without checksums to mend. */
				struct udphdr *udp = (struct udphdr *)((uint8_t *)head + HEAD + 34);
				udp->source = htons((uint16_t)(1024 + flow % 50000));
				udp->dest = htons((uint16_t)(9 + flow / 50000));
				flow = flow + 1 == flows ? 0 : flow + 1;
			}
			head->tp_len = (uint32_t)size;
			__atomic_store_n(&head->tp_status, TP_STATUS_SEND_REQUEST, __ATOMIC_RELEASE);
			next = (next + 1) % FRAMES;
			sent++;
		}
		if (send(raw, NULL, 0, 0) < 0 && errno != ENOBUFS && errno != EAGAIN) fail("send");
	}
	printf("%llu\n", (unsigned long long)sent);
	return 0;
}

static int tcp_socket(const char *address, int port, struct sockaddr_in *where) {
	int one = 1, tcp = socket(AF_INET, SOCK_STREAM, 0);
	if (tcp < 0) fail("socket");
	setsockopt(tcp, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	setsockopt(tcp, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	*where = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = inet_addr(address)};
	return tcp;
}

static __attribute__((noreturn)) void echo(int port) {
	struct sockaddr_in where;
	int listener = tcp_socket("0.0.0.0", port, &where), one = 1;
	if (bind(listener, (struct sockaddr *)&where, sizeof where) || listen(listener, 1)) fail("listen");
	for (;;) {
		int peer = accept(listener, NULL, NULL);
		char byte;
		setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		while (recv(peer, &byte, 1, 0) == 1 && send(peer, &byte, 1, MSG_NOSIGNAL) == 1) {
		}
		close(peer);
	}
}

static int compare(const void *left, const void *right) {
	double a = *(const double *)left, b = *(const double *)right;
	return (a > b) - (a < b);
}

static int ask(double seconds, const char *address, int port) {
	enum { MOST = 1 << 20 };
	double *times = malloc(MOST * sizeof *times), end;
	struct sockaddr_in where;
	int tcp = tcp_socket(address, port, &where), count = 0;
	char byte = 0;
	if (connect(tcp, (struct sockaddr *)&where, sizeof where)) fail("connect");
	for (int warm = 0; warm < 200; warm++)
		if (send(tcp, &byte, 1, 0) != 1 || recv(tcp, &byte, 1, 0) != 1) fail("warm up");
	for (end = now() + seconds; count < MOST;) {
		double begin = now();
		if (begin > end) break;
		if (send(tcp, &byte, 1, 0) != 1 || recv(tcp, &byte, 1, 0) != 1) fail("exchange");
		times[count++] = (now() - begin) * 1e6;
	}
	qsort(times, (size_t)count, sizeof *times, compare);
	printf("%.2f %.2f %d\n", times[count / 2], times[count * 99 / 100], count);
	return 0;
}

int main(int count, char **words) {
	if (count == 8 && !strcmp(words[1], "send"))
		return send_all(atof(words[2]), (size_t)atoi(words[3]), (uint32_t)atoi(words[4]), words[5], words[6], words[7]);
	if (count == 3 && !strcmp(words[1], "echo")) echo(atoi(words[2]));
	if (count == 5 && !strcmp(words[1], "ask")) return ask(atof(words[2]), words[3], atoi(words[4]));
	fprintf(stderr, "usage: load send|echo|ask ...\n");
	return 2;
}
