import PacketCore
import PacketFixtures
import Testing

func key(_ frame: [UInt8], port: UInt32 = 7) -> FlowKey { FlowKey(parsing: frame.span, inPort: port) }
func key(_ frame: FrameBuilder, port: UInt32 = 7) -> FlowKey { key(frame.bytes, port: port) }

struct ParseTests {
    /// The key of the Ethernet header alone.
    private func base(_ frame: FrameBuilder, type: UInt16) -> FlowKey {
        var expected = FlowKey()
        expected.inPort = 7
        expected.ethernetDestination = frame.destination
        expected.ethernetSource = frame.source
        expected.ethernetType = type
        return expected
    }

    @Test func shortFramesHaveNoKey() {
        var expected = FlowKey()
        expected.inPort = 7
        for length in 0..<14 { #expect(key([UInt8](repeating: 0xff, count: length)) == expected) }
    }

    @Test func udpInIPv4() {
        var frame = FrameBuilder("10.0.0.1", "10.0.0.2", udp: 53, from: 4000)
        (frame.tos, frame.ttl) = (0xb8, 7)
        var expected = base(frame, type: 0x0800)
        (expected.ipProtocol, expected.ipTOS, expected.ipTTL) = (17, 0xb8, 7)
        (expected.ipv4Source, expected.ipv4Destination) = (IPv4Address("10.0.0.1")!, IPv4Address("10.0.0.2")!)
        (expected.sourcePort, expected.destinationPort) = (4000, 53)
        #expect(key(frame) == expected)
        frame.network = .ipv4(source: IPv4Address("10.0.0.1")!, destination: IPv4Address("10.0.0.2")!, options: [7, 3, 4])
        #expect(key(frame) == expected)
    }

    @Test func transports() {
        var frame = FrameBuilder("10.0.0.1", "10.0.0.2")
        frame.transport = .tcp(source: 1, destination: 2, flags: 0xa12)
        #expect(key(frame).tcpFlags == 0xa12 && key(frame).sourcePort == 1 && key(frame).destinationPort == 2)
        frame.transport = .sctp(source: 3, destination: 4)
        #expect(key(frame).sourcePort == 3 && key(frame).destinationPort == 4 && key(frame).ipProtocol == 132)
        frame.transport = .icmp(type: 8, code: 1)
        #expect(key(frame).sourcePort == 8 && key(frame).destinationPort == 1 && key(frame).ipProtocol == 1)
        // Each one byte too short.
        for (transport, length) in [
            (FrameBuilder.Transport.tcp(source: 1, destination: 2), 20), (.udp(source: 1, destination: 2), 8), (.sctp(source: 1, destination: 2), 12),
            (.icmp(type: 8, code: 1), 8),
        ] {
            frame.transport = transport
            let short = key(Array(frame.bytes.prefix(34 + length - 1)))
            #expect(short.sourcePort == 0 && short.destinationPort == 0 && short.tcpFlags == 0 && short.ipProtocol != 0)
            #expect(key(Array(frame.bytes.prefix(34 + length))).destinationPort != 0)
        }
    }

    @Test func icmpOfTheOtherVersionHasNoType() {
        var frame = FrameBuilder("10.0.0.1", "10.0.0.2", payload: [8, 1, 0, 0, 0, 0, 0, 0])
        frame.transport = .raw(type: 58)
        #expect(key(frame).sourcePort == 0 && key(frame).ipProtocol == 58)
        frame.network = .ipv6(source: IPv6Address("fd00::1")!, destination: IPv6Address("fd00::2")!)
        #expect(key(frame).sourcePort == 8)
        frame.transport = .raw(type: 1)
        #expect(key(frame).sourcePort == 0 && key(frame).ipProtocol == 1)
    }

    @Test(arguments: [(UInt16(0x2000), UInt8(1), UInt16(53)), (0x0001, 3, 0), (0x3fff, 3, 0), (0x4000, 0, 53), (0x8000, 0, 53)])
    func fragmentsOfIPv4(_ field: UInt16, _ fragment: UInt8, _ port: UInt16) {
        var frame = FrameBuilder("10.0.0.1", "10.0.0.2")
        frame.network = .ipv4(source: IPv4Address("10.0.0.1")!, destination: IPv4Address("10.0.0.2")!, fragment: field)
        #expect(key(frame).fragment == fragment && key(frame).destinationPort == port && key(frame).ipProtocol == 17)
    }

    @Test func damagedIPv4IsNotRead() {
        let frame = FrameBuilder("10.0.0.1", "10.0.0.2")
        let expected = base(frame, type: 0x0800)
        for first in [UInt8(0x44), 0x55, 0x65, 0x05, 0x4f] {
            var bytes = frame.bytes
            bytes[14] = first
            // 0x4f: 60 bytes of header, of which 35 are there.
            #expect(key(bytes) == expected, "\(first)")
        }
        #expect(key(Array(frame.bytes.prefix(33))) == expected)
        #expect(key(Array(frame.bytes.prefix(34))) != expected)
    }

    @Test func tags() {
        var frame = FrameBuilder("10.0.0.1", "10.0.0.2")
        frame.tags = [(0x88a8, 0x6005)]
        #expect(key(frame).vlanCount == 1 && key(frame).vlanProtocol == 0x88a8 && key(frame).vlanControl == 0x7005 && key(frame).destinationPort == 53)
        frame.tags.append((0x8100, 0x1007))
        #expect(
            key(frame).vlanCount == 2 && key(frame).innerVLANProtocol == 0x8100 && key(frame).innerVLANControl == 0x1007 && key(frame).ethernetType == 0x0800)
        frame.tags.append((0x8100, 9))
        #expect(key(frame).vlanCount == 2 && key(frame).ethernetType == 0x8100 && key(frame).ipProtocol == 0)
        // A tag of which a part is missing stays a type.
        let short = key(Array(frame.bytes.prefix(17)))
        #expect(short.vlanCount == 0 && short.ethernetType == 0x88a8 && short.words[5] == 0)
        let cut = key(Array(frame.bytes.prefix(21)))
        #expect(cut.vlanCount == 1 && cut.ethernetType == 0x8100)
    }

    @Test func lengthsInThePlaceOfTypes() {
        var frame = FrameBuilder()
        frame.network = .length
        #expect(key(frame) == base(frame, type: 0x05ff))
        frame.network = .raw(type: 0x0600)
        #expect(key(frame) == base(frame, type: 0x0600))
    }

    @Test func arp() {
        let sender = MACAddress("02:00:00:00:00:01")!
        let frame = FrameBuilder(arpFrom: sender, "10.0.0.1", target: "10.0.0.2")
        var expected = base(frame, type: 0x0806)
        expected.ipProtocol = 1
        expected.arpSource = sender
        (expected.ipv4Source, expected.ipv4Destination) = (IPv4Address("10.0.0.1")!, IPv4Address("10.0.0.2")!)
        #expect(key(frame) == expected)
        for (place, value) in [(15, UInt8(6)), (16, 0x86), (18, 8), (19, 16)] {
            var bytes = frame.bytes
            bytes[place] = value
            #expect(key(bytes) == base(frame, type: 0x0806))
        }
        var bytes = frame.bytes
        bytes[20] = 1
        #expect(key(bytes).ipProtocol == 0 && key(bytes).arpSource == sender)
        #expect(key(Array(frame.bytes.prefix(41))) == base(frame, type: 0x0806))
    }
}
