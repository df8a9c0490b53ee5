import LinuxSystem
import OCISpec
import Testing

@testable import ContainerRuntime

/// What linux.netDevices may name.
@Suite struct NetworkDeviceNameTests {
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
