/* The packet-socket datapath: packets by AF_PACKET from interface to interface, in threads of its own.
 *
 * For hosts where BPF is not allowed. It reads keys with the same C as the BPF program (apus_parse.h) and carries out the same programs
 * (struct apus_action), so that both do the same. In C because its threads share memory with the kernel and with each other, without locks
 * and without allocation on the way of a packet.
 *
 * All functions are called by one thread, the daemon's. They return -1 with errno unless said otherwise.
 */
#ifndef APUS_SOCKET_H
#define APUS_SOCKET_H

#include <stdint.h>

#include "apus_datapath.h"

struct apus_socket;
struct apus_socket_flow;

/* Starts so many threads; NULL with errno. */
struct apus_socket *apus_socket_new(int threads);
/* Ends the threads and closes all. */
void apus_socket_free(struct apus_socket *socket);

/* Adds a port, whose slot the caller has chosen and nobody else has; or removes it, also where its interface is gone. */
int apus_socket_add_port(struct apus_socket *socket, const struct apus_port *port);
int apus_socket_remove_port(struct apus_socket *socket, uint32_t number);
void apus_socket_port_counters(struct apus_socket *socket, uint32_t number, struct apus_port_counters *counters);

/* Puts a flow; before is the one whose place it takes (of equal key and mask) with what that has carried, or NULL. */
struct apus_socket_flow *apus_socket_put(struct apus_socket *socket, struct apus_socket_flow *before, const struct apus_flow_key *key,
	const struct apus_flow_key *mask, uint64_t id, const struct apus_action *actions, uint32_t count);
void apus_socket_remove(struct apus_socket *socket, struct apus_socket_flow *flow);
void apus_socket_flow_counters(struct apus_socket_flow *flow, struct apus_flow_counters *counters);

/* Whether the host's own stack gets nothing of what comes in by the interface. Without nf_tables: EOPNOTSUPP or EINVAL. */
int apus_socket_keep_from_host(const char *interface, int is_kept);

int apus_socket_set_meter(struct apus_socket *socket, uint32_t number, uint64_t rate, uint64_t burst);
/* APUS_MOST_REASONS numbers. */
void apus_socket_drops(struct apus_socket *socket, uint64_t *drops);

/* Polls readable while packets have come up. */
int apus_socket_descriptor(struct apus_socket *socket);
/* Takes a packet that came up: ten bytes of struct virtio_net_hdr and the frame with its tags, into room. Returns its size; EAGAIN: none. */
int64_t apus_socket_receive(struct apus_socket *socket, uint32_t *port, uint16_t *reason, uint8_t *room, uint32_t size);
/* Carries out actions on a packet, which may be changed. */
int apus_socket_execute(struct apus_socket *socket, uint32_t port, const uint8_t offload[10], uint8_t *frame, uint32_t size,
	const struct apus_action *actions, uint32_t count);


#endif
