// Sockets of rtnetlink(7).
#pragma once

/// A NETLINK_ROUTE socket of the network namespace behind the descriptor, or of the caller's own for -1. Errors on it come with the
/// kernel's words and without the request. The calling thread is back in its own namespace when this returns.
int apus_route_socket(int network_namespace);
