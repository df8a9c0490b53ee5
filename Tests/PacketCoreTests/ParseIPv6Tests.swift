import PacketCore
import PacketFixtures
import Testing

struct ParseIPv6Tests {
    private func frame(_ extensions: [(type: UInt8, bytes: [UInt8])] = []) -> FrameBuilder {
        var frame = FrameBuilder()
        frame.network = .ipv6(source: IPv6Address("fd00::1")!, destination: IPv6Address("fd00::2")!, label: 0xabcde, extensions: extensions)
        frame.transport = .udp(source: 4000, destination: 53)
        frame.tos = 0xb8
        return frame
    }

    @Test func plain() {
        let plain = key(frame())
        #expect(plain.ipv6Label == 0xabcde && plain.ipTOS == 0xb8 && plain.ipTTL == 64 && plain.ipProtocol == 17 && plain.destinationPort == 53)
        #expect(plain.ipv6Source.description == "fd00::1" && plain.ipv6Destination.description == "fd00::2" && plain.fragment == 0)
        var bytes = frame().bytes
        bytes[14] = 0x40
        #expect(key(bytes).ipProtocol == 0 && key(bytes).ipv6Source.rawValue == 0)
        #expect(key(Array(frame().bytes.prefix(53))).ipv6Source.rawValue == 0)
    }

    @Test func chains() {
        let hop: (type: UInt8, bytes: [UInt8]) = (0, [0, 1] + [UInt8](repeating: 0, count: 14))
        let authentication: (type: UInt8, bytes: [UInt8]) = (51, [0, 4] + [UInt8](repeating: 0, count: 22))
        let routing: (type: UInt8, bytes: [UInt8]) = (43, [0, 0, 0, 0, 0, 0, 0, 0])
        let options: (type: UInt8, bytes: [UInt8]) = (60, [0, 0, 0, 0, 0, 0, 0, 0])
        let chain = [hop, routing, authentication, options]
        #expect(key(frame(chain)) == key(frame()))
        #expect(key(frame(chain + chain)) == key(frame()))
        let nine = key(frame(chain + chain + [options]))
        #expect(nine.ipProtocol == 60 && nine.destinationPort == 0)
        // A header that does not end within the frame is where reading stops.
        let long = key(frame([hop, (43, [0, 9, 0, 0, 0, 0, 0, 0])]))
        #expect(long.ipProtocol == 43 && long.destinationPort == 0)
        let cut = key(Array(frame([hop, authentication]).bytes.prefix(14 + 40 + 16 + 7)))
        #expect(cut.ipProtocol == 51 && cut.destinationPort == 0)
    }

    @Test(arguments: [(UInt16(0), UInt8(0), UInt8(17), UInt16(53)), (1, 1, 17, 53), (8, 3, 44, 0), (9, 3, 44, 0), (6, 0, 17, 53)])
    func fragments(_ field: UInt16, _ fragment: UInt8, _ type: UInt8, _ port: UInt16) {
        let part = key(frame([(44, [0, 0] + big(field) + [0, 0, 0, 1])]))
        #expect(part.fragment == fragment && part.ipProtocol == type && part.destinationPort == port)
    }

    @Test func neighbourDiscovery() {
        let (mine, other) = (MACAddress("02:00:00:00:00:09")!, MACAddress("02:00:00:00:00:0a")!)
        var solicitation = FrameBuilder(ndType: 135, from: "fe80::1", to: "ff02::1:ff00:2", target: "fd00::2", option: (1, mine))
        #expect(key(solicitation).ndTarget.description == "fd00::2" && key(solicitation).arpSource == mine && key(solicitation).sourcePort == 135)
        #expect(key(solicitation).arpDestination.isZero)
        // The first of each counts; options of other lengths do not.
        solicitation.payload += [1, 1] + big(other.rawValue).suffix(6) + [2, 1] + big(other.rawValue).suffix(6)
        #expect(key(solicitation).arpSource == mine && key(solicitation).arpDestination == other)
        var advertisement = FrameBuilder(ndType: 136, from: "fe80::1", to: "ff02::1", target: "fd00::2", option: (2, mine))
        #expect(key(advertisement).arpDestination == mine && key(advertisement).arpSource.isZero)
        advertisement.payload = Array(advertisement.payload.prefix(16)) + [2, 2] + [UInt8](repeating: 1, count: 14) + [2, 1] + big(mine.rawValue).suffix(6)
        #expect(key(advertisement).arpDestination == mine)
        // A length of nothing ends the reading, and so does the fifth option.
        advertisement.payload = Array(advertisement.payload.prefix(16)) + [9, 0] + [UInt8](repeating: 0, count: 6) + [2, 1] + big(mine.rawValue).suffix(6)
        #expect(key(advertisement).arpDestination.isZero)
        let other8: [UInt8] = [9, 1, 0, 0, 0, 0, 0, 0]
        advertisement.payload = Array(advertisement.payload.prefix(16)) + other8 + other8 + other8 + other8 + [2, 1] + big(mine.rawValue).suffix(6)
        #expect(key(advertisement).arpDestination.isZero && !key(advertisement).ndTarget.rawValue.nonzeroBitCount.isMultiple(of: 128))
        var coded = solicitation
        coded.transport = .icmp(type: 135, code: 1)
        #expect(key(coded).ndTarget.rawValue == 0)
    }
}
