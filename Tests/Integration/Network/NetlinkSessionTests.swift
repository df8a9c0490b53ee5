import Glibc
import LinuxSystem
import Netlink
import Testing

/// The netlink codec and session against the kernel, in namespaces of the test's own.
@Suite struct NetlinkSessionTests {
    @Test func aPairIsMadeWhereItBelongs() throws {
        let (host, inside) = (try NetworkPlace(), try NetworkPlace())
        let hostNamespace = try host.namespace()
        let namespace = try inside.namespace()
        var socket = try NetlinkSocket(namespace: hostNamespace.raw)
        var events = try LinkEvents(namespace: hostNamespace.raw)
        let veth = Veth(near: .init(name: "av0"), far: .init(name: "eth0", address: [2, 0x61, 10, 7, 0, 2]), mtu: 1400)
        try socket.make(veth, farNamespace: namespace.raw)
        var far = try NetlinkSocket(namespace: namespace.raw)
        let eth0 = try #require(try far.link(named: "eth0"))
        let av0 = try #require(try socket.link(named: "av0"))
        #expect(!eth0.isUp && eth0.mtu == 1400 && eth0.address == [2, 0x61, 10, 7, 0, 2] && eth0.kind == "veth" && eth0.peer == av0.index)
        #expect(av0.isUp && av0.mtu == 1400 && av0.peer == eth0.index)
        #expect(try far.link(named: "av0") == nil)
        let present = try events.read()
        #expect(present.contains { if case .present(let link) = $0 { link.name == "av0" } else { false } }, "\(present)")

        var setup = LinkSetup(index: eth0.index)
        setup.addresses = [LinkAddress([10, 7, 0, 2], prefix: 24), LinkAddress([0xfd] + [UInt8](repeating: 0, count: 14) + [2], prefix: 64)]
        setup.routes = [.standard(gateway: [10, 7, 0, 1], index: eth0.index)]
        setup.neighbours = [Neighbour([10, 7, 0, 1], at: [2, 0, 0, 0, 0, 1], index: eth0.index)]
        try far.apply(setup, name: "eth0")
        #expect(try inside.run("ip -o address show eth0").contains("inet 10.7.0.2/24"))
        let inet6 = try inside.run("ip -6 -o address show eth0")
        #expect(inet6.contains("inet6 fd00::2/64") && !inet6.split(separator: "\n").contains { $0.contains("fd00::2") && $0.contains("tentative") })
        #expect(try inside.run("ip route show default").hasPrefix("default via 10.7.0.1 dev eth0"))
        #expect(try inside.run("ip neighbour show").contains("10.7.0.1 dev eth0 lladdr 02:00:00:00:00:01 PERMANENT"))
        #expect(try far.routes().contains(.standard(gateway: [10, 7, 0, 1], index: eth0.index)))

        #expect(try far.link(named: "eth0")?.hasCarrier == true && socket.link(named: "av0")?.hasCarrier == true)

        // Once more: the name is taken, and the kernel says so.
        let error = #expect(throws: ApusError.self) { try socket.make(veth, farNamespace: namespace.raw) }
        #expect(error?.description.hasPrefix("cannot make the network devices av0 and eth0: file exists (EEXIST)") == true)
        try far.remove(eth0)
        #expect(try socket.link(named: "av0") == nil)
        let gone = try events.read()
        #expect(gone.contains { if case .gone(let link) = $0 { link.name == "av0" } else { false } }, "\(gone)")
        #expect(try events.read().isEmpty)
    }

    @Test func oneOfSeveralRequestsFails() throws {
        let place = try NetworkPlace()
        let namespace = try place.namespace()
        var socket = try NetlinkSocket(namespace: namespace.raw)
        try socket.make(Veth(near: .init(name: "a"), far: .init(name: "b")), farNamespace: -1)
        let link = try #require(try socket.link(named: "a"))
        var setup = LinkSetup(index: link.index)
        // No way to the gateway; what comes before and after it is done.
        setup.routes = [.standard(gateway: [192, 0, 2, 1], index: link.index)]
        setup.addresses = [LinkAddress([10, 0, 0, 1], prefix: 24)]
        let error = #expect(throws: ApusError.self) { try socket.apply(setup, name: "a") }
        #expect(error?.errno == ENETUNREACH && error?.hint?.hasPrefix("the kernel says: ") == true)
        // The socket goes on, and nothing of the old answers is taken for a new one.
        #expect(try socket.addresses(of: link).map(\.bytes).contains([10, 0, 0, 1]))
    }

    @Test func manyLinksAreListed() throws {
        let place = try NetworkPlace()
        let namespace = try place.namespace()
        var socket = try NetlinkSocket(namespace: namespace.raw)
        for number in 0..<100 { try socket.make(Veth(near: .init(name: "a\(number)"), far: .init(name: "b\(number)")), farNamespace: -1) }
        let names = try Set(socket.links().map(\.name))
        #expect((0..<100).allSatisfy { names.contains("a\($0)") && names.contains("b\($0)") })
    }

    @Test func elementsOfSetsAndMaps() throws {
        let place = try NetworkPlace()
        try #require(
            try place.attempt(
                ["nft", "-f", "-"],
                input: .text(
                    """
                    table inet t {
                        map ports { type inet_proto . inet_service : ipv4_addr . inet_service; }
                        set nets { type ipv4_addr; flags interval; }
                        set links { type ifname; }
                    }

                    """)
            ).code == 0)
        let namespace = try place.namespace()
        var socket = try NetlinkSocket(.netfilter, namespace: namespace.raw)
        #expect(try socket.hasTable("t") && !socket.hasTable("other"))
        let port = SetElement(
            SetElement.part([6]) + SetElement.part([0x1f, 0x90]), maps: [10, 0, 0, 2] + SetElement.part([0, 80]), comment: "web")
        let changes: [SetChange] = [
            .add([port], to: "ports"), .add(SetElement.interval([10, 7, 0, 0], prefix: 16), to: "nets"),
            .add([SetElement(SetElement.part(Array("av0".utf8), to: 16))], to: "links"),
        ]
        try socket.change(changes, table: "t", to: "add the test's elements")
        let text = try place.run("nft list table inet t")
        #expect(text.contains("tcp . 8080 comment \"web\" : 10.0.0.2 . 80") && text.contains("10.7.0.0/16") && text.contains("\"av0\""), "\(text)")
        #expect(try socket.elements(of: "ports", table: "t") == [port])

        // All or nothing: the second one is there already.
        let other = SetElement(SetElement.part([17]) + SetElement.part([0, 53]), maps: [10, 0, 0, 2] + SetElement.part([0, 53]))
        let error = #expect(throws: ApusError.self) {
            try socket.change([.add([other], to: "ports"), .add([port], to: "ports")], table: "t", to: "publish")
        }
        #expect(error?.errno == EEXIST)
        #expect(try socket.elements(of: "ports", table: "t") == [port])
        let missing = #expect(throws: ApusError.self) { try socket.change([.add([other], to: "ports")], table: "none", to: "publish") }
        #expect(missing?.errno == ENOENT)
        try socket.change([.remove([port], from: "ports")], table: "t", to: "take back")
        #expect(try socket.elements(of: "ports", table: "t").isEmpty)
    }
}
