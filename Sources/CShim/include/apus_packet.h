// Packet sockets (packet(7)) that look on: what a capture reads.
#pragma once
#include <stdint.h>
#include <sys/types.h>

/// A non-blocking socket that sees every frame of an interface, in both directions.
int apus_packet_socket(unsigned interface);

struct apus_packet {
  uint64_t nanoseconds; // since 1970, when the kernel saw it
  uint32_t length;      // of the whole frame
  uint32_t kept;        // how many bytes are in the buffer
  int32_t outgoing;     // whether it leaves by the interface
};

/// Reads the next frame, with the tag that the kernel keeps beside it put back in its place; 1, or -1 with errno (EAGAIN for none).
/// The buffer must have room for more than 16 bytes.
int apus_packet_receive(int socket, uint8_t *buffer, uint32_t size, struct apus_packet *packet);

/// How many frames there was no room for since the last call; 0 where that is not known.
uint32_t apus_packet_lost(int socket);

/// Makes a tap interface that stays when nobody holds it (TUNSETPERSIST), or takes the one of that name; 0, or -1 with errno.
int apus_make_tap(const char *name);
