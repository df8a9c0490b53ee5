import LinuxSystem
import Netlink

/// The one table of nftables of an instance: which packets are translated, which are let through.
///
/// It decides about packets from and to our own devices only, and leaves the tables of others as they are. What changes with networks and
/// containers are elements of its sets and maps; the rules never change.
public struct NetfilterTable: Sendable {
    /// Its name; the family is inet.
    public let name: String

    /// The table of a name.
    public init(name: String) { self.name = name }

    /// The text for `nft -f`.
    public var script: String {
        """
        table inet \(name) {
            comment "containers of Apus: written by apus, removed with its last network"

            # The host's own devices on the networks, and those of networks that nothing leaves.
            set links { type ifname; }
            set closed { type ifname; }

            # The networks whose packets leave under the host's address.
            set subnets4 { type ipv4_addr; flags interval; }
            set subnets6 { type ipv6_addr; flags interval; }

            # Published ports: at every address of the host, or at one.
            map ports4 { type inet_proto . inet_service : ipv4_addr . inet_service; }
            map ports6 { type inet_proto . inet_service : ipv6_addr . inet_service; }
            map ports4at { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }
            map ports6at { type ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service; }

            # route_localnet lets 127.0.0.1 reach containers; containers must not reach the host's 127.0.0.1 by it.
            chain guard {
                type filter hook prerouting priority raw; policy accept;
                iifname @links ip daddr 127.0.0.0/8 counter drop
            }

            chain translate {
                fib daddr type != local return
                dnat ip to ip daddr . meta l4proto . th dport map @ports4at
                dnat ip to meta l4proto . th dport map @ports4
                ip6 daddr ::1 return
                dnat ip6 to ip6 daddr . meta l4proto . th dport map @ports6at
                dnat ip6 to meta l4proto . th dport map @ports6
            }
            chain publish {
                type nat hook prerouting priority dstnat; policy accept;
                meta l4proto { tcp, udp, sctp } jump translate
            }
            chain publish_to_host {
                type nat hook output priority -100; policy accept;
                meta l4proto { tcp, udp, sctp } jump translate
            }

            chain leave {
                type nat hook postrouting priority srcnat; policy accept;
                oifname != @links ip saddr @subnets4 masquerade
                oifname != @links ip6 saddr @subnets6 masquerade
                # A container that reaches another one of its own network by a published port would be answered past the translation.
                oifname @links ct status dnat ip saddr @subnets4 masquerade
                oifname @links ct status dnat ip6 saddr @subnets6 masquerade
                oifname @links ip saddr 127.0.0.0/8 masquerade
            }

            chain forward {
                type filter hook forward priority filter; policy accept;
                iifname @closed counter drop
                oifname @closed counter drop
                oifname != @links accept
                ct state established,related accept
                ct status dnat accept
                # Into a network comes only what was published or is an answer: not from the outside, and not from another network.
                counter drop
            }
        }

        """
    }

    /// Writes the table where it is missing.
    func ensure() throws(ApusError) {
        var socket = try NetlinkSocket(.netfilter)
        if try socket.hasTable(name) { return }
        _ = try HostProgram.run(["nft", "-f", "-"], input: script)
    }

    /// Removes the table, if it is there.
    func remove() throws(ApusError) {
        var socket = try NetlinkSocket(.netfilter)
        if try socket.hasTable(name) { _ = try HostProgram.run(["nft", "delete", "table", "inet", name]) }
    }

    /// The elements of a network.
    static func elements(of network: NetworkRecord) -> [(set: String, elements: [SetElement])] {
        let link = SetElement(SetElement.part(Array(network.bridge.utf8), to: 16))
        var elements: [(set: String, elements: [SetElement])] = [("links", [link])]
        if network.isInternal { elements.append(("closed", [link])) }
        for range in network.subnets where !network.isInternal {
            elements.append((range.subnet.first.isV4 ? "subnets4" : "subnets6", SetElement.interval(range.subnet.first.bytes, prefix: range.subnet.prefix)))
        }
        return elements
    }

    /// Adds a network's elements; those that are there stay.
    func add(_ network: NetworkRecord) throws(ApusError) {
        try ensure()
        var socket = try NetlinkSocket(.netfilter)
        for (set, elements) in Self.elements(of: network) {
            do {
                try socket.change([.add(elements, to: set)], table: name, to: "add network \(network.name) to the nftables table \(name)")
            } catch  where error.code == .conflict {
                continue
            }
        }
    }

    /// Takes a network's elements away, if they are there.
    func remove(_ network: NetworkRecord) throws(ApusError) {
        var socket = try NetlinkSocket(.netfilter)
        for (set, elements) in Self.elements(of: network) {
            do {
                try socket.change([.remove(elements, from: set)], table: name, to: "take network \(network.name) from the nftables table \(name)")
            } catch  where error.code == .notFound {
                continue
            }
        }
    }
}
