import LinuxSystem
import OCISpec
import Testing

@testable import ContainerRuntime

/// Messages of rtnetlink, byte by byte.
@Suite struct RouteMessageTests {
    @Test func encoded() {
        var message = RouteMessage(.newLink, [0, 0, 0, 0])
        message.add(3, [0x61, 0])
        #expect(
            message.encoded([.request, .acknowledge], sequence: 7) == [
                28, 0, 0, 0, 16, 0, 5, 0, 7, 0, 0, 0, 0, 0, 0, 0,  // header
                0, 0, 0, 0,  // fixed part
                6, 0, 3, 0, 0x61, 0, 0, 0,  // attribute 3, padded
            ])
    }

    @Test func readBack() {
        var message = RouteMessage(.newAddress, [2, 24, 0x80, 0, 5, 0, 0, 0])
        message.add(1, [10, 0, 0, 1])
        message.add(8, bytes(UInt32(0x280)))
        let datagram = message.encoded([], sequence: 3) + message.encoded([], sequence: 4)
        let list = RouteMessage.list(datagram[...])
        #expect(list.map(\.sequence) == [3, 4])
        let address = NetworkAddress(list[0].message)
        #expect(address.family == 2 && address.prefix == 24 && address.index == 5 && address.flags == 0x280 && address.isKept)
        #expect(address.attributes == [1: [10, 0, 0, 1]])
        // For another device: the number, and only the flags that were chosen.
        let copy = address.message(for: 9)
        #expect(copy.number(4, as: Int32.self) == 9 && copy.attributes(after: 8)[8] == bytes(UInt32(0x200)))
    }

    @Test func cutMessagesAreLeftOut() {
        let whole = RouteMessage(.newLink, [1, 2, 3, 4, 5, 6, 7, 8]).encoded([], sequence: 1)
        for length in 0..<whole.count { #expect(RouteMessage.list(whole[..<length]).isEmpty) }
        var lying = RouteMessage(.newLink, [0, 0, 0, 0]).encoded([], sequence: 1)
        lying[0] = 4
        #expect(RouteMessage.list(lying[...]).isEmpty)
        #expect(RouteMessage(.newLink, [200, 0, 3, 0, 1]).attributes(after: 0).isEmpty)
        #expect(RouteMessage(.newLink, [0, 0, 3, 0, 1, 1]).attributes(after: 0).isEmpty)
    }

    @Test func names() {
        func fails(_ devices: [String: LinuxNetDevice], _ message: String) {
            #expect(throws: ApusError(.invalidArgument, message)) { try NetworkDevices.validate(devices) }
        }
        fails(["a/b": LinuxNetDevice()], "linux.netDevices: \"a/b\" is no name of a network device")
        fails(["": LinuxNetDevice()], "linux.netDevices: \"\" is no name of a network device")
        fails(["eth0": LinuxNetDevice(name: "sixteen-letters-")], "linux.netDevices.eth0.name: \"sixteen-letters-\" is no name of a network device")
        for name in ["..", "a b", "a:b", "a%d%d", "%s", "x%dx"] {
            fails(["eth0": LinuxNetDevice(name: name)], "linux.netDevices.eth0.name: \"\(name)\" is no name of a network device")
        }
        fails(["a": LinuxNetDevice(name: "x"), "b": LinuxNetDevice(name: "x")], "linux.netDevices: two devices would be \"x\" in the container")
        fails(["a": LinuxNetDevice(name: "b"), "b": LinuxNetDevice()], "linux.netDevices: two devices would be \"b\" in the container")
        #expect(throws: Never.self) {
            try NetworkDevices.validate(["a": LinuxNetDevice(name: "eth%d"), "b": LinuxNetDevice(name: "eth%d"), "c": LinuxNetDevice(name: "")])
        }
    }
}
