/* Keeps what comes in by a port from the host's own stack, which sees every frame behind the socket: a chain of nf_tables at the interface's
 * ingress that drops all. Sockets have their copy before (__netif_receive_skb_core). The chain goes with the interface. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "socket.h"

struct message {
	uint32_t size;
	_Alignas(8) uint8_t bytes[1024];
};

static struct nlmsghdr *begin(struct message *message, uint16_t type, uint16_t flags, uint8_t family, uint16_t resource) {
	struct nlmsghdr *head = (struct nlmsghdr *)(message->bytes + message->size);
	memset(head, 0, NLMSG_SPACE(sizeof(struct nfgenmsg)));
	head->nlmsg_type = type;
	head->nlmsg_flags = NLM_F_REQUEST | flags;
	head->nlmsg_len = NLMSG_SPACE(sizeof(struct nfgenmsg));
	struct nfgenmsg *about = NLMSG_DATA(head);
	about->nfgen_family = family;
	about->res_id = htons(resource);
	message->size += head->nlmsg_len;
	return head;
}

static struct nlattr *add(struct message *message, struct nlmsghdr *head, uint16_t type, const void *value, uint32_t size) {
	struct nlattr *attribute = (struct nlattr *)(message->bytes + message->size);
	uint32_t room = (uint32_t)NLA_ALIGN(NLA_HDRLEN + size);
	memset(attribute, 0, room);
	attribute->nla_type = type;
	attribute->nla_len = (uint16_t)(NLA_HDRLEN + size);
	if (value) memcpy((uint8_t *)attribute + NLA_HDRLEN, value, size);
	message->size += room;
	head->nlmsg_len += room;
	return attribute;
}

static int64_t send_batch(const struct message *message) {
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (netlink < 0) return -1;
	uint8_t answer[1024];
	int error = 0;
	if (sendto(netlink, message->bytes, message->size, 0, (struct sockaddr *)&kernel, sizeof kernel) < 0) error = errno;
	/* One answer for the one message that asks for it, and before it those of errors. */
	for (int is_done = error != 0; !is_done;) {
		ssize_t count = recv(netlink, answer, sizeof answer, 0);
		if (count < 0) error = errno;
		is_done = count < 0;
		for (struct nlmsghdr *head = (struct nlmsghdr *)answer; count > 0 && NLMSG_OK(head, (uint32_t)count); head = NLMSG_NEXT(head, count)) {
			if (head->nlmsg_type != NLMSG_ERROR) continue;
			error = -((struct nlmsgerr *)NLMSG_DATA(head))->error;
			is_done = 1;
			if (error) break;
		}
	}
	close(netlink);
	errno = error;
	return error ? -1 : 0;
}

static const char table[] = "apus-ports";

int apus_socket_keep_from_host(const char *interface, int is_kept) {
	struct message message = {0};
	char chain[32];
	uint32_t hook = htonl(NF_NETDEV_INGRESS), priority = htonl((uint32_t)-500), policy = htonl(NF_DROP);
	snprintf(chain, sizeof chain, "%s", interface);
	begin(&message, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
	struct nlmsghdr *head = begin(&message, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWTABLE, NLM_F_CREATE, NFPROTO_NETDEV, 0);
	add(&message, head, NFTA_TABLE_NAME, table, sizeof table);
	head = begin(&message, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | (is_kept ? NFT_MSG_NEWCHAIN : NFT_MSG_DELCHAIN)), (is_kept ? NLM_F_CREATE : 0) | NLM_F_ACK,
		NFPROTO_NETDEV, 0);
	add(&message, head, NFTA_CHAIN_TABLE, table, sizeof table);
	add(&message, head, NFTA_CHAIN_NAME, chain, (uint32_t)strlen(chain) + 1);
	if (is_kept) {
		struct nlattr *nest = add(&message, head, NFTA_CHAIN_HOOK | NLA_F_NESTED, NULL, 0);
		uint32_t start = message.size;
		add(&message, head, NFTA_HOOK_HOOKNUM, &hook, 4);
		add(&message, head, NFTA_HOOK_PRIORITY, &priority, 4);
		add(&message, head, NFTA_HOOK_DEV, interface, (uint32_t)strlen(interface) + 1);
		nest->nla_len = (uint16_t)(nest->nla_len + message.size - start);
		add(&message, head, NFTA_CHAIN_TYPE, "filter", 7);
		add(&message, head, NFTA_CHAIN_POLICY, &policy, 4);
	}
	begin(&message, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
	return (int)send_batch(&message);
}
