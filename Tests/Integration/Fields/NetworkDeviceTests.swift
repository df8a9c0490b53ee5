import Glibc
import LinuxSystem
import Netlink
import OCISpec
import Testing

@testable import ContainerRuntime

/// Devices move between two network namespaces that are ours alone.
@Suite struct NetworkDeviceTests {
    /// A network namespace, held by a process.
    private final class Place {
        let holder: Running

        init() throws {
            holder = try Running(["unshare", "--net", "sleep", "60"], input: .empty, environment: ["PATH": "/usr/bin:/bin"])
            for _ in 0..<500 where (try? readText("/proc/\(holder.pid)/comm")) != "sleep" { usleep(10_000) }
        }

        deinit { holder.stop() }

        func namespace() throws -> OwnedFD { try openFile("/proc/\(holder.pid)/ns/net", O_RDONLY) }

        /// What `ip` says there.
        @discardableResult
        func ip(_ words: String) throws -> String {
            let program = try Running(
                ["nsenter", "--net=/proc/\(holder.pid)/ns/net", "ip"] + words.split(separator: " ").map(String.init), input: .empty,
                environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"])
            let result = try program.wait()
            try #require(result.code == 0, "ip \(words): \(result.errorOutput)")
            return result.output
        }

        func links() throws -> Set<String> {
            let namespace = try namespace()
            var socket = try NetlinkSocket(namespace: namespace.raw)
            return try Set(socket.links().map(\.name)).subtracting(["lo", "sit0", "tunl0", "ip6tnl0", "gre0", "gretap0", "erspan0", "ip_vti0", "ip6_vti0"])
        }
    }

    private let host: Place
    private let container: Place

    init() throws {
        host = try Place()
        container = try Place()
        try host.ip("link add one type veth peer name other")
    }

    private func move(_ devices: [String: LinuxNetDevice]) throws {
        let home = try host.namespace()
        var socket = try NetlinkSocket(namespace: home.raw)
        try NetworkDevices.move(devices, from: &socket, home: home.raw, to: container.namespace())
    }

    @Test func addressesAndAttributesStay() throws {
        try host.ip("link set one mtu 1400 address 02:00:00:00:00:17")
        try host.ip("address add 10.9.0.1/24 broadcast 10.9.0.255 dev one")
        try host.ip("address add 10.8.0.1 peer 10.8.0.2/32 dev one")
        try host.ip("address add 10.7.0.1/24 scope link dev one")
        try host.ip("address add fd00::17/64 nodad dev one")
        try host.ip("link set one up")
        try host.ip("link set other up")
        try move(["one": LinuxNetDevice(name: "eth0")])
        #expect(try host.links() == ["other"] && container.links() == ["eth0"])
        let link = try container.ip("-o link show eth0")
        #expect(link.contains("mtu 1400") && link.contains("02:00:00:00:00:17") && link.contains("UP"))
        let addresses = try container.ip("-o address show eth0")
        #expect(addresses.contains("inet 10.9.0.1/24 brd 10.9.0.255 scope global eth0"))
        #expect(addresses.contains("inet 10.8.0.1 peer 10.8.0.2/32 scope global eth0"))
        #expect(addresses.contains("inet6 fd00::17/64 scope global"))
        #expect(!addresses.contains("10.7.0.1"), "an address of link scope belongs to the old network")
        #expect(try container.ip("route show").contains("10.9.0.0/24 dev eth0"))
    }

    @Test func namesStayOrAreNumbered() throws {
        try move(["one": LinuxNetDevice()])
        #expect(try container.links() == ["one"])
        try container.ip("link add eth0 type veth peer name eth1")
        try move(["other": LinuxNetDevice(name: "eth%d")])
        #expect(try host.links().isEmpty && container.links() == ["one", "eth0", "eth1", "eth2"])
        #expect(try container.ip("-o link show eth2").contains("UP"))
    }

    @Test func aNameThatIsTakenMovesNothing() throws {
        try container.ip("link add taken type veth peer name taken2")
        let error = #expect(throws: ApusError.self) { try move(["one": LinuxNetDevice(), "other": LinuxNetDevice(name: "taken")]) }
        #expect(
            error?.description
                == "cannot move network device other to the container (linux.netDevices): it has a device taken already; a name that ends in %d gets a free number"
        )
        #expect(try host.links() == ["one", "other"])
        #expect(throws: ApusError(.notFound, "cannot move network device none to the container (linux.netDevices): there is no such device")) {
            try move(["none": LinuxNetDevice(), "one": LinuxNetDevice()])
        }
        #expect(try host.links() == ["one", "other"])
    }

    @Test func whatWasMovedComesBackAfterAFailure() throws {
        try host.ip("address add 10.9.0.1/24 dev one")
        try host.ip("link set one up")
        // Of the two only the first can move: the second is loopback, which belongs to its namespace.
        let error = #expect(throws: ApusError.self) { try move(["lo": LinuxNetDevice(name: "lo1"), "a": LinuxNetDevice()]) }
        #expect(error?.code == .notFound)
        let second = #expect(throws: ApusError.self) { try move(["lo": LinuxNetDevice(name: "zlo"), "one": LinuxNetDevice(name: "eth0")]) }
        #expect(second?.description.hasPrefix("cannot move network device lo to the container as zlo") == true)
        try host.ip("link add aaa type veth peer name aab")
        try host.ip("address add 10.6.0.1/24 dev aaa")
        try host.ip("link set aaa up")
        #expect(throws: ApusError.self) { try move(["aaa": LinuxNetDevice(name: "eth0"), "lo": LinuxNetDevice(name: "zlo")]) }
        #expect(try host.links() == ["one", "other", "aaa", "aab"] && container.links().isEmpty)
        let back = try host.ip("-o address show aaa")
        #expect(back.contains("inet 10.6.0.1/24"))
        #expect(try host.ip("-o link show aaa").contains("UP"))
        #expect(try host.ip("-o link show lo").contains("lo:"))
    }
}
