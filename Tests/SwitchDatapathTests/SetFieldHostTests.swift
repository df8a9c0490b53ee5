import LinuxSystem
import PacketCore
import PacketFixtures
import SwitchCore
import Testing

@testable import SwitchDatapath

/// What sets a field, and what the frame is then: described anew, so that checksums are computed from all of it.
struct SetFieldHostTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let before: FrameBuilder
        let after: FrameBuilder
        let actions: [DatapathAction]

        init(_ name: String, _ before: FrameBuilder, _ change: (inout FrameBuilder) -> Void, _ actions: [DatapathAction]) {
            testDescription = name
            self.before = before
            var after = before
            change(&after)
            self.after = after
            self.actions = actions
        }
    }

    static func set(_ change: (inout FlowKey) -> Void, mask: (inout FlowKey) -> Void) -> DatapathAction {
        var value = FlowKey()
        var bits = FlowKey()
        change(&value)
        mask(&bits)
        return .set(value: value, mask: bits)
    }

    static let udp4 = FrameBuilder("10.1.2.3", "10.4.5.6", payload: [1, 2, 3, 4, 5])
    static var tcp4: FrameBuilder {
        var frame = udp4
        frame.transport = .tcp(source: 1000, destination: 2000)
        return frame
    }
    static var udp6: FrameBuilder {
        var frame = udp4
        frame.network = .ipv6(source: IPv6Address("fd00::1")!, destination: IPv6Address("fd00::2")!, label: 0x12345)
        return frame
    }
    static var icmp4: FrameBuilder {
        var frame = udp4
        frame.transport = .icmp(type: 8, code: 0, rest: 0x0001_0002)
        return frame
    }
    static let arp = FrameBuilder(arpFrom: MACAddress("02:00:00:00:00:01")!, "10.0.0.1", target: "10.0.0.9")
    static let solicitation = FrameBuilder(
        ndType: 135, from: "fe80::1", to: "ff02::1:ff00:2", target: "fe80::2", option: (1, MACAddress("02:00:00:00:00:01")!))
    static let other = MACAddress("02:aa:bb:cc:dd:ee")!

    static func v4(_ source: String, _ destination: String) -> FrameBuilder.Network {
        .ipv4(source: IPv4Address(source)!, destination: IPv4Address(destination)!)
    }

    static let ethernet: [Case] = [
        Case(
            "destination", udp4, { $0.destination = other },
            [
                set {
                    $0.ethernetDestination = other
                } mask: {
                    $0.ethernetDestination = .broadcast
                }
            ]),
        Case(
            "a part of the source", udp4, { $0.source = MACAddress("02:00:00:00:00:ee")! },
            [
                set {
                    $0.ethernetSource = other
                } mask: {
                    $0.ethernetSource = MACAddress(rawValue: 0xff)
                }
            ]),
        Case("tag pushed", udp4, { $0.tags = [(0x8100, 0x6064)] }, [.pushVLAN(tpid: 0x8100, tci: 0x6064)]),
        Case("two tags pushed", udp4, { $0.tags = [(0x88a8, 7), (0x8100, 100)] }, [.pushVLAN(tpid: 0x8100, tci: 100), .pushVLAN(tpid: 0x88a8, tci: 7)]),
        Case("tag popped", tagged([(0x8100, 100)]), { $0.tags = [] }, [.popVLAN]),
        Case("outer tag popped", tagged([(0x88a8, 7), (0x8100, 100)]), { $0.tags = [(0x8100, 100)] }, [.popVLAN]),
        Case(
            "both tags popped, one pushed, port set", tagged([(0x88a8, 7), (0x8100, 100)]),
            {
                $0.tags = [(0x8100, 9)]; $0.transport = .udp(source: 4000, destination: 99)
            },
            [
                .popVLAN, .popVLAN,
                set {
                    $0.destinationPort = 99
                } mask: {
                    $0.destinationPort = .max
                }, .pushVLAN(tpid: 0x8100, tci: 9),
            ]),
        Case(
            "VLAN ID set, priority kept", tagged([(0x8100, 0x6064), (0x8100, 5)]), { $0.tags = [(0x8100, 0x6007), (0x8100, 5)] },
            [
                set {
                    $0.vlanControl = 7
                } mask: {
                    $0.vlanControl = 0xfff
                }
            ]),
        Case(
            "address set behind two tags", tagged([(0x8100, 1), (0x8100, 2)]), { $0.network = v4("10.1.2.3", "99.9.9.9") },
            [
                set {
                    $0.ipv4Destination = IPv4Address("99.9.9.9")!
                } mask: {
                    $0.ipv4Destination = IPv4Address("255.255.255.255")!
                }
            ]),
    ]

    static func tagged(_ tags: [(UInt16, UInt16)]) -> FrameBuilder {
        var frame = udp4
        frame.tags = tags.map { (type: $0.0, control: $0.1) }
        return frame
    }

    static let internet: [Case] = [
        Case(
            "IPv4 source under UDP", udp4, { $0.network = v4("99.9.9.9", "10.4.5.6") },
            [
                set {
                    $0.ipv4Source = IPv4Address("99.9.9.9")!
                } mask: {
                    $0.ipv4Source = IPv4Address("255.255.255.255")!
                }
            ]),
        Case(
            "a part of IPv4's destination under TCP", tcp4, { $0.network = v4("10.1.2.3", "10.4.7.6") },
            [
                set {
                    $0.ipv4Destination = IPv4Address("0.0.7.0")!
                } mask: {
                    $0.ipv4Destination = IPv4Address("0.0.255.0")!
                }
            ]),
        Case(
            "type of service, and time to live", udp4,
            {
                $0.tos = 0xb8; $0.ttl = 63
            },
            [
                set {
                    $0.ipTOS = 0xb8; $0.ipTTL = 63
                } mask: {
                    $0.ipTOS = 0xfc; $0.ipTTL = 0xff
                }
            ]),
        Case(
            "ports of UDP", udp4, { $0.transport = .udp(source: 1, destination: 2) },
            [
                set {
                    $0.sourcePort = 1; $0.destinationPort = 2
                } mask: {
                    $0.sourcePort = .max; $0.destinationPort = .max
                }
            ]),
        Case(
            "ports of TCP", tcp4, { $0.transport = .tcp(source: 1, destination: 2) },
            [
                set {
                    $0.sourcePort = 1; $0.destinationPort = 2
                } mask: {
                    $0.sourcePort = .max; $0.destinationPort = .max
                }
            ]),
        Case(
            "UDP without a checksum has none then", unsummed("10.1.2.3", 53), { $0 = unsummed("99.9.9.9", 7) },
            [
                set {
                    $0.ipv4Source = IPv4Address("99.9.9.9")!; $0.destinationPort = 7
                } mask: {
                    $0.ipv4Source = IPv4Address("255.255.255.255")!; $0.destinationPort = .max
                }
            ]),
        Case(
            "ICMP's type and code", icmp4, { $0.transport = .icmp(type: 3, code: 4, rest: 0x0001_0002) },
            [
                set {
                    $0.sourcePort = 3; $0.destinationPort = 4
                } mask: {
                    $0.sourcePort = 0xff; $0.destinationPort = 0xff
                }
            ]),
        Case(
            "IPv6: both addresses, class, hops, label", udp6,
            {
                $0.network = .ipv6(source: IPv6Address("fd00::aa")!, destination: IPv6Address("2001:db8::1")!, label: 0x54321)
                $0.tos = 0x20
                $0.ttl = 5
            },
            [
                set {
                    $0.ipv6Source = IPv6Address("fd00::aa")!; $0.ipv6Destination = IPv6Address("2001:db8::1")!
                    $0.ipv6Label = 0x54321; $0.ipTOS = 0x20; $0.ipTTL = 5
                } mask: {
                    $0.ipv6Source = IPv6Address(rawValue: .max); $0.ipv6Destination = IPv6Address(rawValue: .max)
                    $0.ipv6Label = 0xfffff; $0.ipTOS = 0xff; $0.ipTTL = 0xff
                }
            ]),
        Case(
            "ARP: operation, addresses", arp,
            {
                $0.network = .arp(operation: 2, sender: other, senderIP: IPv4Address("10.0.0.7")!, target: other, targetIP: IPv4Address("10.0.0.8")!)
            },
            [
                set {
                    $0.ipProtocol = 2; $0.arpSource = other; $0.arpDestination = other
                    $0.ipv4Source = IPv4Address("10.0.0.7")!; $0.ipv4Destination = IPv4Address("10.0.0.8")!
                } mask: {
                    $0.ipProtocol = 0xff; $0.arpSource = .broadcast; $0.arpDestination = .broadcast
                    $0.ipv4Source = IPv4Address("255.255.255.255")!; $0.ipv4Destination = IPv4Address("255.255.255.255")!
                }
            ]),
        Case(
            "ND: target and option", solicitation,
            { $0 = FrameBuilder(ndType: 135, from: "fe80::1", to: "ff02::1:ff00:2", target: "fe80::9", option: (1, other)) },
            [
                set {
                    $0.ndTarget = IPv6Address("fe80::9")!; $0.arpSource = other
                } mask: {
                    $0.ndTarget = IPv6Address(rawValue: .max); $0.arpSource = .broadcast
                }
            ]),
    ]

    static func unsummed(_ source: String, _ port: UInt16) -> FrameBuilder {
        var frame = udp4
        frame.network = v4(source, "10.4.5.6")
        frame.transport = .udp(source: 4000, destination: port, checksum: false)
        return frame
    }

    @Test(arguments: DatapathKind.allCases) func `fields are set, with the checksums that follow`(kind: DatapathKind) async throws {
        try await World.with { _ in
            let datapath = try kind.make()
            let taps = try (1...3).map { try TapPort(UInt32($0)) }
            for tap in taps { try datapath.add(tap.port) }
            for (number, test) in (Self.ethernet + Self.internet).enumerated() {
                let frame = test.before.bytes
                let key = flowKey(frame, from: 1)
                try datapath.put(Megaflow(id: UInt64(number), exact: key, test.actions + [.output(2), .output(3)]))
                try taps[0].send(frame)
                #expect(try taps[1].frames(within: 1000) == [test.after.bytes], "\(test.testDescription)")
                #expect(try taps[2].frames(within: 1000) == [test.after.bytes], "\(test.testDescription)")
                // The same by the daemon.
                let packet = DatapathPacket(port: PortNumber(rawValue: 1), reason: .miss, frame: frame)
                try datapath.execute(test.actions + [.output(2)], on: packet)
                #expect(try taps[1].frames(within: 1000) == [test.after.bytes], "\(test.testDescription)")
                try datapath.remove(flow: UInt64(number))
            }
            #expect(try datapath.drops() == [:])
        }
    }

    @Test(arguments: DatapathKind.allCases) func `what was sent before a field is set is as it was`(kind: DatapathKind) async throws {
        try await World.with { _ in
            let datapath = try kind.make()
            let taps = try (1...3).map { try TapPort(UInt32($0)) }
            for tap in taps { try datapath.add(tap.port) }
            let test = Self.internet[1]
            try datapath.put(
                Megaflow(id: 1, exact: flowKey(test.before.bytes, from: 1), [.output(2)] + test.actions + [.output(3)]))
            try taps[0].send(test.before.bytes)
            #expect(try taps[1].frames(within: 1000) == [test.before.bytes])
            #expect(try taps[2].frames(within: 1000) == [test.after.bytes])
        }
    }

    @Test(arguments: DatapathKind.allCases) func `a checksum that its sender has put off stays put off, and becomes right`(kind: DatapathKind) async throws {
        try await World.with { _ in
            let datapath = try kind.make()
            let taps = try (1...2).map { try TapPort(UInt32($0)) }
            for tap in taps { try datapath.add(tap.port) }
            var before = Self.tcp4.bytes
            // The sum over the pseudo header alone stands there.
            let pseudo = Array(before[26..<34]) + [0, 6] + big(UInt16(before.count - 34))
            before.replaceSubrange(50..<52, with: big(~referenceChecksum(pseudo)))
            var after = Self.tcp4
            after.network = Self.v4("99.9.9.9", "10.4.5.6")
            after.transport = .tcp(source: 1000, destination: 7)
            let set = Self.set {
                $0.ipv4Source = IPv4Address("99.9.9.9")!; $0.destinationPort = 7
            } mask: {
                $0.ipv4Source = IPv4Address("255.255.255.255")!; $0.destinationPort = .max
            }
            try datapath.put(Megaflow(id: 1, exact: flowKey(before, from: 1), [set, .output(2)]))
            try taps[0].send(before, offload: [1, 0, 0, 0, 0, 0, 34, 0, 16, 0])
            var (offload, frame) = try #require(try taps[1].receive(within: 1000).first)
            #expect(offload[0] == 1 && offload[6] == 34 && offload[8] == 16)
            // Finished as the receiver's kernel would.
            let sum = referenceChecksum(Array(frame[34...]))
            frame.replaceSubrange(50..<52, with: big(sum))
            #expect(frame == after.bytes)
        }
    }
}
