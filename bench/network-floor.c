// network-floor N: what the kernel alone takes for a network namespace and a veth pair whose far end is born in it, both up, with an
// address and a default route. Prints the mean of N in milliseconds: the namespace, the pair, both.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static void fail(const char *what) { perror(what); exit(1); }

static char buffer[4096];
static struct nlmsghdr *message;

static void begin(int type, int flags, const void *fixed, size_t size) {
  memset(buffer, 0, sizeof buffer);
  message = (struct nlmsghdr *)buffer;
  *message = (struct nlmsghdr){.nlmsg_len = NLMSG_LENGTH(size), .nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags};
  memcpy(NLMSG_DATA(message), fixed, size);
}

static struct rtattr *add(int type, const void *value, size_t size) {
  struct rtattr *attribute = (struct rtattr *)(buffer + NLMSG_ALIGN(message->nlmsg_len));
  attribute->rta_type = type;
  attribute->rta_len = RTA_LENGTH(size);
  if (size) memcpy(RTA_DATA(attribute), value, size);
  message->nlmsg_len = NLMSG_ALIGN(message->nlmsg_len) + RTA_ALIGN(attribute->rta_len);
  return attribute;
}

static void end(struct rtattr *nest) { nest->rta_len = buffer + message->nlmsg_len - (char *)nest; }

static void ask(int fd, const char *what) {
  char answer[8192];
  if (send(fd, buffer, message->nlmsg_len, 0) < 0) fail(what);
  ssize_t length = recv(fd, answer, sizeof answer, 0);
  struct nlmsghdr *head = (struct nlmsghdr *)answer;
  if (length < (ssize_t)sizeof *head || head->nlmsg_type != NLMSG_ERROR || ((struct nlmsgerr *)NLMSG_DATA(head))->error) {
    fprintf(stderr, "%s: %s\n", what, strerror(-((struct nlmsgerr *)NLMSG_DATA(head))->error));
    exit(1);
  }
}

static void make_pair(int near, int far, int namespace, int number) {
  char name[IFNAMSIZ];
  snprintf(name, sizeof name, "fl%d", number);
  struct ifinfomsg up = {.ifi_flags = IFF_UP, .ifi_change = IFF_UP}, none = {0};
  begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &up, sizeof up);
  add(IFLA_IFNAME, name, strlen(name) + 1);
  struct rtattr *info = add(IFLA_LINKINFO, NULL, 0);
  add(IFLA_INFO_KIND, "veth", 4);
  struct rtattr *data = add(IFLA_INFO_DATA, NULL, 0);
  struct rtattr *peer = add(VETH_INFO_PEER, &none, sizeof none);
  add(IFLA_IFNAME, "eth0", 5);
  add(IFLA_NET_NS_FD, &namespace, sizeof namespace);
  end(peer);
  end(data);
  end(info);
  ask(near, "make the pair");
  // The far end's number: a fresh namespace gives its first device the next one after lo and the kernel's own.
  begin(RTM_GETLINK, 0, &none, sizeof none);
  add(IFLA_IFNAME, "eth0", 5);
  char answer[8192];
  if (send(far, buffer, message->nlmsg_len, 0) < 0 || recv(far, answer, sizeof answer, 0) < 0) fail("look for eth0");
  int index = ((struct ifinfomsg *)NLMSG_DATA((struct nlmsghdr *)answer))->ifi_index;
  recv(far, answer, sizeof answer, MSG_DONTWAIT);
  struct ifinfomsg set = {.ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
  begin(RTM_NEWLINK, 0, &set, sizeof set);
  ask(far, "set eth0 up");
  struct ifaddrmsg address = {.ifa_family = AF_INET, .ifa_prefixlen = 16, .ifa_index = index};
  in_addr_t own = inet_addr("10.99.0.2"), gateway = inet_addr("10.99.0.1");
  begin(RTM_NEWADDR, NLM_F_CREATE, &address, sizeof address);
  add(IFA_LOCAL, &own, 4);
  add(IFA_ADDRESS, &own, 4);
  ask(far, "give eth0 its address");
  struct rtmsg route = {.rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN, .rtm_protocol = RTPROT_STATIC, .rtm_type = RTN_UNICAST};
  begin(RTM_NEWROUTE, NLM_F_CREATE, &route, sizeof route);
  add(RTA_GATEWAY, &gateway, 4);
  add(RTA_OIF, &index, 4);
  ask(far, "make the route");
}

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 20;
  double namespaces = 0, pairs = 0;
  int near = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  for (int i = 0; i < rounds; i++) {
    // In a child: the kernel takes namespace and pair back when it ends, beside the next round, as it does for containers.
    int ends[2];
    if (pipe(ends) < 0) fail("pipe");
    pid_t child = fork();
    if (child == 0) {
      double times[3];
      times[0] = now();
      if (unshare(CLONE_NEWNET) < 0) fail("unshare");
      times[1] = now();
      int namespace = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), far = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
      if (setns(own, CLONE_NEWNET) < 0) fail("setns");
      make_pair(near, far, namespace, i);
      times[2] = now();
      if (write(ends[1], times, sizeof times) < 0) fail("write");
      _exit(0);
    }
    double times[3];
    if (child < 0 || read(ends[0], times, sizeof times) != sizeof times) fail("child");
    namespaces += times[1] - times[0];
    pairs += times[2] - times[1];
    close(ends[0]);
    close(ends[1]);
    waitpid(child, NULL, 0);
    usleep(50000);
  }
  printf("%.3f %.3f %.3f\n", namespaces / rounds, pairs / rounds, (namespaces + pairs) / rounds);
}
