import Testing

@testable import Netlink

/// What goes to the kernel for links, addresses and routes, as annotated bytes.
@Suite struct RouteWireTests {
    @Test func vethWithItsPeerInside() {
        let veth = Veth(
            near: .init(name: "av0"), far: .init(name: "eth0", address: [2, 0x61, 10, 0, 0, 2]), mtu: 1400)
        #expect(
            veth.message(namespace: 9).encoded([.request], sequence: 1) == [
                124, 0, 0, 0, 16, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0,  // RTM_NEWLINK
                0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0,  // ifinfomsg: flags IFF_UP, change IFF_UP
                8, 0, 3, 0, 0x61, 0x76, 0x30, 0,  // IFLA_IFNAME av0
                8, 0, 4, 0, 0x78, 5, 0, 0,  // IFLA_MTU 1400
                76, 0, 18, 0x80,  // IFLA_LINKINFO, nested
                8, 0, 1, 0, 0x76, 0x65, 0x74, 0x68,  // IFLA_INFO_KIND veth
                64, 0, 2, 0x80,  // IFLA_INFO_DATA, nested
                60, 0, 1, 0,  // VETH_INFO_PEER
                0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  // ifinfomsg of the peer
                9, 0, 3, 0, 0x65, 0x74, 0x68, 0x30, 0, 0, 0, 0,  // IFLA_IFNAME eth0
                10, 0, 1, 0, 2, 0x61, 10, 0, 0, 2, 0, 0,  // IFLA_ADDRESS
                8, 0, 4, 0, 0x78, 5, 0, 0,  // IFLA_MTU
                8, 0, 28, 0, 9, 0, 0, 0,  // IFLA_NET_NS_FD
            ])
    }

    @Test func linkReadBack() {
        let bytes: [UInt8] = [
            0, 0, 1, 0, 7, 0, 0, 0, 0x43, 0x10, 1, 0, 0, 0, 0, 0,  // ifinfomsg: number 7, UP, BROADCAST, RUNNING, MULTICAST, LOWER_UP
            8, 0, 3, 0, 0x61, 0x76, 0x30, 0,  // av0
            10, 0, 1, 0, 2, 0, 0, 0, 0, 1, 0, 0,  // address
            8, 0, 4, 0, 0xdc, 5, 0, 0,  // mtu 1500
            8, 0, 5, 0, 2, 0, 0, 0,  // IFLA_LINK 2
            8, 0, 10, 0, 3, 0, 0, 0,  // IFLA_MASTER 3
            16, 0, 18, 0x80, 9, 0, 1, 0, 0x76, 0x65, 0x74, 0x68, 0, 0, 0, 0,  // linkinfo: veth
        ]
        let link = Link(NetlinkMessage(RouteKind.newLink, bytes))
        #expect(link.index == 7 && link.name == "av0" && link.isUp && link.hasCarrier && link.kind == "veth")
        #expect(link.address == [2, 0, 0, 0, 0, 1] && link.mtu == 1500 && link.peer == 2 && link.master == 3)
        // Cut anywhere it says less, and does not read on.
        for length in 0..<bytes.count { _ = Link(NetlinkMessage(RouteKind.newLink, Array(bytes[..<length]))) }
        #expect(Link(NetlinkMessage(RouteKind.newLink, [])).name.isEmpty)
    }

    @Test func setup() {
        var setup = LinkSetup(index: 2)
        setup.addresses = [LinkAddress([10, 0, 0, 2], prefix: 24)]
        setup.routes = [.standard(gateway: [10, 0, 0, 1], index: 2)]
        setup.neighbours = [Neighbour([10, 0, 0, 1], at: [2, 0, 0, 0, 0, 1], index: 2)]
        #expect(setup.messages[0] == NetlinkMessage(RouteKind.newLink, [0, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]), "set up first")
        let messages = Array(setup.messages.dropFirst())
        #expect(
            messages[0].encoded([], sequence: 1) == [
                48, 0, 0, 0, 20, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0,  // RTM_NEWADDR
                2, 24, 0x80, 0, 2, 0, 0, 0,  // ifaddrmsg: AF_INET, /24, permanent, number 2
                8, 0, 1, 0, 10, 0, 0, 2,  // IFA_ADDRESS
                8, 0, 2, 0, 10, 0, 0, 2,  // IFA_LOCAL
                8, 0, 8, 0, 0, 0, 0, 0,  // IFA_FLAGS
            ])
        #expect(
            messages[1].encoded([], sequence: 2) == [
                44, 0, 0, 0, 24, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0,  // RTM_NEWROUTE
                2, 0, 0, 0, 254, 4, 0, 1, 0, 0, 0, 0,  // rtmsg: AF_INET, table main, protocol static, unicast
                8, 0, 5, 0, 10, 0, 0, 1,  // RTA_GATEWAY
                8, 0, 4, 0, 2, 0, 0, 0,  // RTA_OIF
            ])
        #expect(
            messages[2].encoded([], sequence: 3) == [
                48, 0, 0, 0, 28, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0,  // RTM_NEWNEIGH
                2, 0, 0, 0, 2, 0, 0, 0, 0x80, 0, 0, 0,  // ndmsg: AF_INET, number 2, NUD_PERMANENT
                8, 0, 1, 0, 10, 0, 0, 1,  // NDA_DST
                10, 0, 2, 0, 2, 0, 0, 0, 0, 1, 0, 0,  // NDA_LLADDR
            ])
        #expect(messages[0].flags == [.create, .replace])
        // An IPv6 address is usable at once.
        let inet6 = LinkAddress([UInt8](repeating: 0xfd, count: 16), prefix: 64).message(RouteKind.newAddress, for: 1)
        #expect(inet6.attributes(after: 8)[8] == hostBytes(UInt32(2)) && inet6.number(0, as: UInt8.self) == 10)
    }

    @Test func routesReadBack() {
        let route = Route(to: [10, 1, 0, 0], prefix: 16, gateway: [10, 0, 0, 1], index: 3, metric: 5)
        #expect(Route(route.message(RouteKind.newRoute)) == route)
        #expect(Route(NetlinkMessage(RouteKind.newRoute, [2, 32, 0, 0, 255, 2, 254, 2, 0, 0, 0, 0])) == nil, "a local route")
        #expect(Route(NetlinkMessage(RouteKind.newRoute, [])) == nil)
    }

    @Test func events() {
        let present = NetlinkMessage(RouteKind.newLink, linkHeader(4, flags: 1)).encoded([], sequence: 0)
        let gone = NetlinkMessage(RouteKind.deleteLink, linkHeader(5)).encoded([], sequence: 0)
        var ofBridge = linkHeader(6)
        ofBridge[0] = 7  // AF_BRIDGE
        let port = NetlinkMessage(RouteKind.deleteLink, ofBridge).encoded([], sequence: 0)
        let events = LinkEvents.events((present + port + gone)[...])
        #expect(events.count == 2)
        guard case .present(let link)? = events.first, case .gone(let left)? = events.last else {
            Issue.record("\(events)")
            return
        }
        #expect(link.index == 4 && link.isUp && left.index == 5)
    }
}
