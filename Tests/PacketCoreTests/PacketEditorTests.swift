import PacketCore
import PacketFixtures
import Testing

/// Whether the checksums of a frame are right, summed up anew; nil where it has none.
func checksumsAreRight(_ frame: [UInt8]) -> Bool? {
    var layout = FrameLayout()
    let key = unsafe FlowKey(parsing: frame.span.bytes, inPort: 0, layout: &layout)
    guard layout.network > 0, key.ethernetType != 0x0806, key.ethernetType != 0x8035 else { return nil }
    let isIPv4 = key.ethernetType == 0x0800
    if isIPv4, referenceChecksum(Array(frame[layout.network..<layout.network + Int(frame[layout.network] & 15) * 4])) != 0 { return false }
    guard layout.transport > 0, key.fragment == 0, [6, 17, 1, 58].contains(key.ipProtocol) else { return nil }
    let body = Array(frame[layout.transport...])
    if key.ipProtocol == 17, body[6] == 0, body[7] == 0 { return true }
    let addresses = isIPv4 ? Array(frame[layout.network + 12..<layout.network + 20]) : Array(frame[layout.network + 8..<layout.network + 40])
    let pseudo = key.ipProtocol == 1 ? [] : addresses + big(UInt32(body.count)) + [0, 0, 0, key.ipProtocol]
    return referenceChecksum(pseudo + body) == 0
}

/// A frame after a change of an editor.
func edited(_ frame: [UInt8], offload: OffloadHeader = OffloadHeader(), _ body: (inout PacketEditor) -> Void) -> (frame: [UInt8], offload: OffloadHeader) {
    var layout = FrameLayout()
    let key = unsafe FlowKey(parsing: frame.span.bytes, inPort: 0, layout: &layout)
    var buffer = [UInt8](repeating: 0xee, count: 16) + frame
    var result = (start: 0, count: 0, offload: offload)
    unsafe buffer.withUnsafeMutableBytes {
        var editor = unsafe PacketEditor($0, start: 16, count: frame.count, key: key, layout: layout, offload: offload)
        body(&editor)
        result = (editor.start, editor.count, editor.offload)
    }
    return (Array(buffer[result.start..<result.start + result.count]), result.offload)
}

/// The macro cannot look at an editor.
private func must(_ isSo: Bool) { #expect(isSo) }

struct PacketEditorTests {
    /// A random value for every field that may be set.
    private func change(_ random: inout RandomSource) -> (value: FlowKey, mask: FlowKey) {
        var (value, mask) = (FlowKey(), FlowKey())
        for index in 0..<FlowKey.wordCount { value.words[index] = random.next() }
        func some(_ body: () -> Void) { if random.once(in: 3) { body() } }
        some { mask.ethernetDestination = random.once(in: 2) ? .broadcast : MACAddress(rawValue: random.next()) }
        some { mask.ethernetSource = .broadcast }
        some { mask.ipTOS = random.once(in: 2) ? 0xff : 0xfc }
        some { mask.ipTTL = 0xff }
        some { mask.ipv6Label = 0xfffff }
        some { mask.sourcePort = random.once(in: 2) ? 0xffff : 0x0ff0 }
        some { mask.destinationPort = 0xffff }
        some { mask.ipv6Source = IPv6Address(rawValue: random.once(in: 2) ? ~0 : ~0 << 40) }
        some { mask.ipv6Destination = IPv6Address(rawValue: ~0) }
        some { mask.arpSource = .broadcast }
        some { mask.arpDestination = .broadcast }
        some { mask.ndTarget = IPv6Address(rawValue: ~0) }
        value.sourcePort |= 1
        return (value, mask)
    }

    /// After a change the frame's key is the old one under the change, its checksums are right, and nothing else is different.
    @Test func keysAndChecksums() {
        var random = RandomSource(seed: 31)
        var checked = 0
        for _ in 0..<6000 {
            let frame = random.frame().bytes
            let before = key(frame, port: 0)
            let (value, mask) = change(&random)
            let after = edited(frame) { $0.set(value, mask: mask) }.frame
            #expect(after.count == frame.count)
            let result = key(after, port: 0)
            let isARP = before.ethernetType == 0x0806 || before.ethernetType == 0x8035
            let isIP = before.ipTTL != 0 || before.ipv6Source.rawValue != 0
            var expected = before
            expected.ethernetDestination = MACAddress(
                rawValue: before.ethernetDestination.rawValue & ~mask.ethernetDestination.rawValue | value.ethernetDestination.rawValue
                    & mask.ethernetDestination.rawValue)
            expected.ethernetSource = MACAddress(
                rawValue: before.ethernetSource.rawValue & ~mask.ethernetSource.rawValue | value.ethernetSource.rawValue & mask.ethernetSource.rawValue)
            #expect(result.ethernetDestination == expected.ethernetDestination && result.ethernetSource == expected.ethernetSource)
            #expect(result.ethernetType == before.ethernetType && result.words[5] == before.words[5])
            if isIP, !isARP, before.ethernetType == 0x0800 || before.ethernetType == 0x86dd {
                #expect(result.ipTOS == before.ipTOS & ~mask.ipTOS | value.ipTOS & mask.ipTOS)
                #expect(result.ipProtocol == before.ipProtocol && result.fragment == before.fragment && result.tcpFlags == before.tcpFlags)
                let ports = before.sourcePort != 0 || before.destinationPort != 0
                if ports, [6, 17].contains(before.ipProtocol) {
                    #expect(result.sourcePort == before.sourcePort & ~mask.sourcePort | value.sourcePort & mask.sourcePort)
                    #expect(result.destinationPort == before.destinationPort & ~mask.destinationPort | value.destinationPort & mask.destinationPort)
                }
                let bits = before.ethernetType == 0x0800 ? IPv6Address.mask(length: 32).rawValue : ~0
                let wanted = before.ipv6Source.rawValue & ~mask.ipv6Source.rawValue | value.ipv6Source.rawValue & mask.ipv6Source.rawValue & bits
                #expect(result.ipv6Source.rawValue == wanted)
            }
            // Frames with a routing header that goes on are summed with another address, and damaged ones were wrong before.
            if checksumsAreRight(frame) == true {
                #expect(checksumsAreRight(after) == true, "\(before.ethernetType) \(before.ipProtocol)")
                checked += 1
            }
            if mask == FlowKey() { #expect(after == frame) }
        }
        #expect(checked > 1000)
    }

    @Test func damagedFramesAreLeftInOnePiece() {
        var random = RandomSource(seed: 32)
        for _ in 0..<20_000 {
            let frame = random.damaged(random.frame().bytes)
            let (value, mask) = change(&random)
            let after = edited(frame) {
                $0.set(value, mask: mask)
                if random.once(in: 2) { _ = $0.popVLAN() }
                if random.once(in: 2) { _ = $0.pushVLAN(tpid: 0x8100, tci: 5) }
                $0.set(value, mask: mask)
            }.frame
            #expect(abs(after.count - frame.count) <= 4)
        }
    }

    @Test func tagsComeAndGo() {
        var frame = FrameBuilder("10.0.0.1", "10.0.0.2")
        let plain = frame.bytes
        frame.tags = [(0x8100, 0x2005)]
        let tagged = edited(plain) { must($0.pushVLAN(tpid: 0x8100, tci: 0x2005)) }.frame
        #expect(tagged == frame.bytes)
        #expect(edited(tagged) { must($0.popVLAN()) }.frame == plain)
        #expect(edited(plain) { must(!$0.popVLAN()) }.frame == plain)
        // Five do not fit into 16 bytes of room.
        #expect(edited(plain) { for number in 0..<5 { must($0.pushVLAN(tpid: 0x88a8, tci: 1) == (number < 4)) } }.frame.count == plain.count + 16)
        // Fields behind a pushed tag are still found.
        var value = FlowKey()
        value.destinationPort = 99
        var mask = FlowKey()
        mask.destinationPort = 0xffff
        let both = edited(plain) {
            must($0.pushVLAN(tpid: 0x8100, tci: 0x2005))
            $0.set(value, mask: mask)
        }.frame
        #expect(key(both).destinationPort == 99 && checksumsAreRight(both) == true)
    }

    /// A segment whose checksum the kernel makes later: the field holds the pseudo header's sum, and stays that.
    @Test(arguments: [true, false]) func partialChecksums(_ isIPv6: Bool) {
        var frame = FrameBuilder("10.0.0.1", "10.0.0.2")
        if isIPv6 { frame.network = .ipv6(source: IPv6Address("fd00::1")!, destination: IPv6Address("fd00::2")!) }
        frame.transport = .tcp(source: 1, destination: 2)
        func partial(_ bytes: [UInt8]) -> [UInt8] {
            var (bytes, layout) = (bytes, FrameLayout())
            _ = unsafe FlowKey(parsing: bytes.span.bytes, inPort: 0, layout: &layout)
            let addresses = isIPv6 ? bytes[layout.network + 8..<layout.network + 40] : bytes[layout.network + 12..<layout.network + 20]
            let sum = ~referenceChecksum(Array(addresses) + big(UInt32(bytes.count - layout.transport)) + [0, 0, 0, 6])
            bytes.replaceSubrange(layout.transport + 16..<layout.transport + 18, with: big(sum))
            return bytes
        }
        var offload = OffloadHeader()
        (offload.flags, offload.segmentType, offload.segmentSize) = (OffloadHeader.needsChecksum, isIPv6 ? 4 : 1, 1000)
        (offload.checksumStart, offload.checksumOffset) = (isIPv6 ? 54 : 34, 16)
        var (value, mask) = (FlowKey(), FlowKey())
        (value.ipv6Source, mask.ipv6Source) = (IPv6Address("fd00:1:2:3:4:5:6:7")!, IPv6Address(rawValue: ~0))
        (value.destinationPort, mask.destinationPort) = (99, 0xffff)
        let result = edited(partial(frame.bytes), offload: offload) {
            must($0.pushVLAN(tpid: 0x8100, tci: 7))
            $0.set(value, mask: mask)
        }
        frame.tags = [(0x8100, 7)]
        frame.transport = .tcp(source: 1, destination: 99)
        frame.network =
            isIPv6
            ? .ipv6(source: value.ipv6Source, destination: IPv6Address("fd00::2")!) : .ipv4(source: value.ipv4Source, destination: IPv4Address("10.0.0.2")!)
        #expect(result.frame == partial(frame.bytes))
        #expect(result.offload.checksumStart == offload.checksumStart + 4 && result.offload.checksumOffset == 16)
        #expect(OffloadHeader(result.offload.bytes) == result.offload)
    }

    @Test func sctp() {
        var crc = CRC32C()
        for byte in "123456789".utf8 { crc.add(byte) }
        #expect(crc.value == 0xe306_9283)
        var frame = FrameBuilder("10.0.0.1", "10.0.0.2")
        frame.transport = .sctp(source: 1, destination: 2)
        func summed(_ bytes: [UInt8]) -> [UInt8] {
            var (bytes, sum) = (bytes, CRC32C())
            bytes.replaceSubrange(42..<46, with: [0, 0, 0, 0])
            for byte in bytes[34...] { sum.add(byte) }
            bytes.replaceSubrange(42..<46, with: big(sum.value.byteSwapped))
            return bytes
        }
        var (value, mask) = (FlowKey(), FlowKey())
        (value.destinationPort, mask.destinationPort) = (99, 0xffff)
        let after = edited(summed(frame.bytes)) { $0.set(value, mask: mask) }.frame
        frame.transport = .sctp(source: 1, destination: 99)
        #expect(after == summed(frame.bytes))
    }

    /// The pseudo header has the last destination, not the one in the header.
    @Test func routingHeaders() {
        var frame = FrameBuilder()
        frame.network = .ipv6(source: IPv6Address("fd00::1")!, destination: IPv6Address("fd00::2")!, extensions: [(43, [0, 0, 0, 1, 0, 0, 0, 0])])
        frame.transport = .udp(source: 1, destination: 2)
        let before = frame.bytes
        var (value, mask) = (FlowKey(), FlowKey())
        (value.ipv6Destination, mask.ipv6Destination) = (IPv6Address("fd00::9")!, IPv6Address(rawValue: ~0))
        let after = edited(before) { $0.set(value, mask: mask) }.frame
        #expect(after.suffix(from: 54) == before.suffix(from: 54) && key(after).ipv6Destination == value.ipv6Destination)
    }
}
