#include "apus_packet.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

int apus_packet_socket(unsigned interface) {
  // Bound to nothing until it has its options: no frame of another interface, none without its tag.
  int made = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (made < 0) return -1;
  int on = 1, room = 8 << 20;
  setsockopt(made, SOL_SOCKET, SO_RCVBUF, &room, sizeof room); // as much of it as the host's limit allows
  struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)interface};
  if (setsockopt(made, SOL_PACKET, PACKET_AUXDATA, &on, sizeof on) < 0 || setsockopt(made, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) < 0 ||
      bind(made, (struct sockaddr *)&address, sizeof address) < 0) {
    int error = errno;
    close(made);
    errno = error;
    return -1;
  }
  return made;
}

int apus_packet_receive(int socket, uint8_t *buffer, uint32_t size, struct apus_packet *packet) {
  enum { addresses = 12, tag = 4 };
  struct sockaddr_ll address = {0};
  char control[CMSG_SPACE(sizeof(struct tpacket_auxdata)) + CMSG_SPACE(sizeof(struct timespec))];
  // Room for a tag is left in front: the addresses move there when one comes.
  struct iovec part = {buffer + tag, size - tag};
  struct msghdr message = {.msg_name = &address, .msg_namelen = sizeof address, .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  ssize_t length = recvmsg(socket, &message, MSG_TRUNC | MSG_DONTWAIT);
  if (length < 0) return -1;
  struct timespec time = {0};
  struct tpacket_auxdata auxiliary = {0};
  for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level == SOL_PACKET && part->cmsg_type == PACKET_AUXDATA) memcpy(&auxiliary, CMSG_DATA(part), sizeof auxiliary);
    if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_TIMESTAMPNS) memcpy(&time, CMSG_DATA(part), sizeof time);
  }
  uint32_t kept = (size_t)length < size - tag ? (uint32_t)length : size - tag;
  if (auxiliary.tp_status & TP_STATUS_VLAN_VALID && kept >= addresses) {
    uint16_t protocol = auxiliary.tp_status & TP_STATUS_VLAN_TPID_VALID ? auxiliary.tp_vlan_tpid : ETH_P_8021Q;
    memmove(buffer, buffer + tag, addresses);
    uint16_t both[2] = {htons(protocol), htons(auxiliary.tp_vlan_tci)};
    memcpy(buffer + addresses, both, sizeof both);
    kept += tag;
    length += tag;
  } else {
    memmove(buffer, buffer + tag, kept);
  }
  packet->nanoseconds = (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
  packet->length = (uint32_t)length;
  packet->kept = kept;
  packet->outgoing = address.sll_pkttype == PACKET_OUTGOING;
  return 1;
}

uint32_t apus_packet_lost(int socket) {
  struct tpacket_stats counts = {0};
  socklen_t size = sizeof counts;
  return getsockopt(socket, SOL_PACKET, PACKET_STATISTICS, &counts, &size) < 0 ? 0 : counts.tp_drops;
}

int apus_make_tap(const char *name) {
  int made = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
  if (made < 0) return -1;
  struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  int result = ioctl(made, TUNSETIFF, &request) < 0 ? -1 : ioctl(made, TUNSETPERSIST, 1);
  int error = errno;
  close(made);
  errno = error;
  return result;
}
