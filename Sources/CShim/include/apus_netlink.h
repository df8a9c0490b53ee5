// Sockets of netlink(7).
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// A netlink socket of a protocol (NETLINK_ROUTE is 0, NETLINK_NETFILTER is 12) in the network namespace behind the descriptor, or in the
/// caller's own for -1. Errors on it come with the kernel's words and without the request. The calling thread is back in its own namespace
/// when this returns.
int apus_netlink_socket(int network_namespace, int protocol);

/// Joins a multicast group by its number (RTNLGRP_*).
int apus_netlink_join(int socket, uint32_t group);

/// Receives one datagram of the kernel; those of other processes are dropped. Returns its whole length, which is larger than `size` when it
/// was cut, or -1.
ssize_t apus_netlink_receive(int socket, void *buffer, size_t size, int flags);
