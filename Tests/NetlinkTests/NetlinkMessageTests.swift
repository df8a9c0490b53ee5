import LinuxSystem
import Testing

@testable import Netlink

/// Messages of netlink, byte by byte.
@Suite struct NetlinkMessageTests {
    @Test func encoded() {
        var message = NetlinkMessage(RouteKind.newLink, [0, 0, 0, 0])
        message.add(3, [0x61, 0])
        #expect(
            message.encoded([.request, .acknowledge], sequence: 7) == [
                28, 0, 0, 0, 16, 0, 5, 0, 7, 0, 0, 0, 0, 0, 0, 0,  // header
                0, 0, 0, 0,  // fixed part
                6, 0, 3, 0, 0x61, 0, 0, 0,  // attribute 3, padded
            ])
    }

    @Test func readBack() {
        var message = NetlinkMessage(RouteKind.newAddress, [2, 24, 0x80, 0, 5, 0, 0, 0])
        message.add(1, [10, 0, 0, 1])
        message.add(8, hostBytes(UInt32(0x280)))
        let datagram = message.encoded([], sequence: 3) + message.encoded([.multi, .interrupted], sequence: 4)
        let list = NetlinkMessage.list(datagram[...])
        #expect(list.map(\.sequence) == [3, 4] && list[1].flags == [.multi, .interrupted])
        let address = LinkAddress(list[0])
        #expect(address.family == 2 && address.prefix == 24 && address.index == 5 && address.flags == 0x280 && address.isKept)
        #expect(address.attributes == [1: [10, 0, 0, 1]] && address.bytes == [10, 0, 0, 1])
        // For another device: the number, and only the flags that were chosen.
        let copy = address.message(RouteKind.newAddress, for: 9)
        #expect(copy.number(4, as: Int32.self) == 9 && copy.attributes(after: 8)[8] == hostBytes(UInt32(0x200)))
    }

    @Test func cutMessagesAreLeftOut() {
        let whole = NetlinkMessage(RouteKind.newLink, [1, 2, 3, 4, 5, 6, 7, 8]).encoded([], sequence: 1)
        for length in 0..<whole.count { #expect(NetlinkMessage.list(whole[..<length]).isEmpty) }
        var lying = NetlinkMessage(RouteKind.newLink, [0, 0, 0, 0]).encoded([], sequence: 1)
        lying[0] = 4
        #expect(NetlinkMessage.list(lying[...]).isEmpty)
        #expect(NetlinkMessage(RouteKind.newLink, [200, 0, 3, 0, 1]).attributes(after: 0).isEmpty)
        #expect(NetlinkMessage(RouteKind.newLink, [0, 0, 3, 0, 1, 1]).attributes(after: 0).isEmpty)
        // Numbers behind the end are 0, not somebody else's bytes.
        #expect(NetlinkMessage(RouteKind.newLink, [1, 2]).number(0, as: UInt32.self) == 0)
    }

    @Test func failuresHaveTheKernelsWords() {
        var answer = NetlinkMessage(
            NetlinkMessage.error,
            hostBytes(Int32(-17)) + [UInt8](repeating: 0, count: 16))  // EEXIST, then the request's header
        answer.add(1, Array("it is taken".utf8) + [0])
        let bytes = answer.encoded(.withAttributes, sequence: 1)
        let message = NetlinkMessage.list(bytes[...])[0]
        #expect(
            NetlinkSocket.failure(message, "make a device")?.description
                == "cannot make a device: file exists (EEXIST); the kernel says: it is taken")
        // Without the flag what follows is the request, not words.
        let mute = NetlinkMessage.list(answer.encoded([], sequence: 1)[...])[0]
        #expect(NetlinkSocket.failure(mute, "make a device")?.description == "cannot make a device: file exists (EEXIST)")
        #expect(NetlinkSocket.failure(NetlinkMessage(NetlinkMessage.error, [0, 0, 0, 0]), "x") == nil)
    }
}
