#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "apus_switch.h"

static int any_socket(void) { return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0); }

/* One of the requests that struct ifreq serves; by a socket of any kind (netdevice(7)). */
static int ask(unsigned long request, struct ifreq *about) {
	int socket = any_socket();
	if (socket < 0) return -1;
	int result = ioctl(socket, request, about), error = errno;
	close(socket);
	errno = error;
	return result;
}

static void name_it(struct ifreq *about, const char *name) {
	memset(about, 0, sizeof *about);
	strncpy(about->ifr_name, name, IFNAMSIZ - 1);
}

/* The kernel's own IPv6 has nothing to say there. */
static void silence(const char *name) {
	char path[96];
	snprintf(path, sizeof path, "/proc/sys/net/ipv6/conf/%s/disable_ipv6", name);
	int file = open(path, O_WRONLY | O_CLOEXEC);
	if (file < 0) return;
	if (write(file, "1", 1) < 0) { /* nothing depends on it */
	}
	close(file);
}

int apus_tap_open(const char *name, uint32_t queue, uint32_t *interface) {
	int tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (tap < 0) return -1;
	struct ifreq about;
	name_it(&about, name);
	about.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
	if (ioctl(tap, TUNSETIFF, &about) < 0 || ioctl(tap, TUNSETPERSIST, 1UL) < 0) goto failed;
	/* Before 6.2 the kernel knows no segments of UDP here, and cuts them. */
	unsigned long offloads = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
	if (ioctl(tap, TUNSETOFFLOAD, offloads | 0x20 | 0x40) < 0 && ioctl(tap, TUNSETOFFLOAD, offloads) < 0) goto failed;
	name_it(&about, name);
	about.ifr_qlen = (int)queue;
	if (ask(SIOCSIFTXQLEN, &about) < 0) goto failed;
	silence(name);
	name_it(&about, name);
	if (ask(SIOCGIFFLAGS, &about) < 0) goto failed;
	about.ifr_flags |= IFF_UP;
	if (ask(SIOCSIFFLAGS, &about) < 0 || ask(SIOCGIFINDEX, &about) < 0) goto failed;
	*interface = (uint32_t)about.ifr_ifindex;
	return tap;
failed:;
	int error = errno;
	close(tap);
	errno = error;
	return -1;
}

int apus_tap_remove(const char *name) {
	int tap = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	if (tap < 0) return -1;
	struct ifreq about;
	name_it(&about, name);
	about.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
	int result = ioctl(tap, TUNSETIFF, &about) < 0 || ioctl(tap, TUNSETPERSIST, 0UL) < 0 ? -1 : 0, error = errno;
	close(tap);
	errno = error;
	return result;
}

uint32_t apus_interface_index(const char *name) {
	struct ifreq about;
	name_it(&about, name);
	return ask(SIOCGIFINDEX, &about) < 0 ? 0 : (uint32_t)about.ifr_ifindex;
}

int apus_interface_mtu(const char *name) {
	struct ifreq about;
	name_it(&about, name);
	return ask(SIOCGIFMTU, &about) < 0 ? -1 : about.ifr_mtu;
}
