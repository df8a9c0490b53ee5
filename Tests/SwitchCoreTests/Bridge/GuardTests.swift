import PacketCore
import PacketFixtures
import SwitchCore
import Testing

/// What a container with its own addresses may send, and what not.
struct GuardTests {
    private let own = MACAddress("02:00:00:00:00:01")!
    private let other = MACAddress("02:00:00:00:00:02")!
    private let fixture: BridgeFixture

    init() throws {
        fixture = try BridgeFixture(ports: 2)
        let own = own
        try fixture.change(1) {
            $0.sourceGuard = SourceGuard(mac: own, ipv4: [IPv4Address("10.0.0.1")!], ipv6: [IPv6Address("fd00::1")!])
            $0.trustsServers = false
        }
    }

    private func result(_ frame: FrameBuilder) -> String { fixture.send(frame, from: 1) }

    private func ipv6(_ source: String, _ transport: FrameBuilder.Transport = .udp(source: 1, destination: 2), extensions: [(type: UInt8, bytes: [UInt8])] = [])
        -> FrameBuilder
    {
        var frame = hosts(1, nil)
        frame.network = .ipv6(source: IPv6Address(source)!, destination: IPv6Address("ff02::1")!, extensions: extensions)
        frame.transport = transport
        return frame
    }

    @Test func ownAddressesPass() {
        #expect(result(hosts(1, nil)) == "2")
        #expect(result(FrameBuilder(arpFrom: own, "10.0.0.1", target: "10.0.0.9")) == "2")
        #expect(result(FrameBuilder(arpFrom: own, "0.0.0.0", target: "10.0.0.9")) == "2")
        #expect(result(ipv6("fd00::1")) == "2" && result(ipv6(IPv6Address.linkLocal(of: own).description)) == "2")
    }

    @Test func othersDoNot() {
        var frame = hosts(1, nil)
        frame.source = other
        #expect(result(frame) == "drop(spoofed-source)")
        frame = hosts(1, nil)
        frame.network = .ipv4(source: IPv4Address("10.0.0.2")!, destination: IPv4Address("10.0.0.9")!)
        #expect(result(frame) == "drop(spoofed-source)")
        #expect(result(ipv6("fd00::2")) == "drop(spoofed-source)" && result(ipv6("fe80::2")) == "drop(spoofed-source)")
        // Tagged or hidden behind many tags it is not let in either.
        frame.tags = [(0x8100, 5)]
        #expect(result(frame) == "drop(spoofed-source)")
        frame.tags = [(0x8100, 5), (0x8100, 5), (0x8100, 5)]
        #expect(result(frame) == "drop(malformed)")
    }

    @Test func damagedHeadersDoNot() {
        var bytes = hosts(1, nil).bytes
        bytes[14] = 0x44
        #expect(fixture.send(bytes, from: 1) == "drop(spoofed-source)")
        bytes = ipv6("fd00::1").bytes
        bytes[14] = 0x50
        #expect(fixture.send(bytes, from: 1) == "drop(malformed)")
        bytes = FrameBuilder(arpFrom: own, "10.0.0.1", target: "10.0.0.9").bytes
        bytes[18] = 8
        #expect(fixture.send(bytes, from: 1) == "drop(spoofed-source)")
        let chain = [(type: UInt8, bytes: [UInt8])](repeating: (60, [0, 0, 0, 0, 0, 0, 0, 0]), count: 9)
        #expect(result(ipv6("fd00::1", .icmp(type: 136, code: 0), extensions: chain)) == "drop(malformed)")
    }

    @Test func arpAndDiscovery() {
        var arp = FrameBuilder(arpFrom: own, "10.0.0.2", target: "10.0.0.9")
        #expect(result(arp) == "drop(spoofed-source)")
        arp.network = .arp(operation: 2, sender: other, senderIP: IPv4Address("10.0.0.1")!, target: own, targetIP: IPv4Address("10.0.0.9")!)
        #expect(result(arp) == "drop(spoofed-source)")
        func discovery(_ type: UInt8, _ from: String, _ target: String, _ option: (UInt8, MACAddress)?) -> String {
            var frame = FrameBuilder(ndType: type, from: from, to: "ff02::1", target: target, option: option)
            frame.source = own
            return result(frame)
        }
        #expect(discovery(135, "fd00::1", "fd00::9", (1, own)) == "2")
        #expect(discovery(135, "fd00::1", "fd00::9", (1, other)) == "drop(spoofed-source)")
        #expect(discovery(136, "fd00::1", "fd00::1", (2, own)) == "2")
        #expect(discovery(136, "fd00::1", "fd00::9", (2, own)) == "drop(spoofed-source)")
        #expect(discovery(136, "fd00::1", "fd00::1", (2, other)) == "drop(spoofed-source)")
        #expect(discovery(135, "::", "fd00::1", nil) == "2")
        #expect(discovery(135, "::", "fd00::9", nil) == "drop(spoofed-source)")
    }

    @Test func serversAndRouters() {
        var frame = hosts(1, nil)
        frame.transport = .udp(source: 67, destination: 68)
        #expect(result(frame) == "drop(untrusted-server)")
        frame.network = .ipv4(source: IPv4Address("0.0.0.0")!, destination: IPv4Address("255.255.255.255")!)
        frame.transport = .udp(source: 68, destination: 67)
        #expect(result(frame) == "2")
        frame.transport = .udp(source: 68, destination: 53)
        #expect(result(frame) == "drop(spoofed-source)")
        #expect(result(ipv6("fd00::1", .udp(source: 547, destination: 546))) == "drop(untrusted-server)")
        #expect(result(ipv6("fd00::1", .icmp(type: 134, code: 0))) == "drop(untrusted-server)")
        #expect(result(ipv6("fd00::1", .icmp(type: 137, code: 0))) == "drop(untrusted-server)")
        #expect(result(ipv6("::", .udp(source: 1, destination: 2))) == "drop(spoofed-source)")
    }
}
