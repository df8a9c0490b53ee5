import Glibc
import LinuxSystem
import Netlink
import Testing

@testable import Network

/// `-p`, and what nftables is told of it.
@Suite struct PortTests {
    private func text(_ flag: String) throws -> [String] {
        try PortRequest.parse(flag).map { "\($0.hostAddress ?? "*"):\($0.firstHostPort)-\($0.lastHostPort)>\($0.containerPort)/\($0.transport)" }
    }

    @Test func flags() throws {
        #expect(try text("80") == ["*:0-0>80/tcp"])
        #expect(try text("8080:80") == ["*:8080-8080>80/tcp"])
        #expect(try text("8080:80/udp") == ["*:8080-8080>80/udp"] && text("53:53/SCTP") == ["*:53-53>53/sctp"])
        #expect(try text("127.0.0.1:8080:80") == ["127.0.0.1:8080-8080>80/tcp"])
        #expect(try text("127.0.0.1::80") == ["127.0.0.1:0-0>80/tcp"] && text("127.0.0.1:0:80") == ["127.0.0.1:0-0>80/tcp"])
        #expect(try text("[fd00::1]:8080:80") == ["fd00::1:8080-8080>80/tcp"])
        #expect(try text("7000-7002:80-82") == ["*:7000-7000>80/tcp", "*:7001-7001>81/tcp", "*:7002-7002>82/tcp"])
        #expect(try text("7000-7002:80") == ["*:7000-7002>80/tcp"], "some port of the range")
        #expect(try text("3000-3001") == ["*:0-0>3000/tcp", "*:0-0>3001/tcp"])
        for flag in [
            "", "0", "x", "80/icmp", "80/tcp/udp", "70000", "1:2:3:4", "8080:", "7000-7001:80-82", "7:80-81", "82-80", "[10.0.0.1]:1:2", "fd00::1:8080:80",
            "+80", "300.0.0.1:1:2",
        ] {
            #expect(throws: ApusError.self, "\(flag)") { try PortRequest.parse(flag) }
        }
        #expect(try PortRequest.parse(exposed: "80-81/udp").map(\.containerPort) == [80, 81])
        #expect(throws: ApusError.self) { try PortRequest.parse(exposed: "80:80") }
    }

    @Test func elements() throws {
        let addresses = [ip("10.1.0.2"), ip("fd00::2")]
        let port = PublishedPort(transport: "tcp", containerPort: 80, hostAddress: "0.0.0.0", hostPort: 8080)
        let any = try #require(port.element(to: addresses, comment: "c"))
        #expect(any.set == "ports4" && any.element == SetElement([6, 0, 0, 0, 0x1f, 0x90, 0, 0], maps: [10, 1, 0, 2, 0, 80, 0, 0], comment: "c"))
        let one = try #require(
            PublishedPort(transport: "udp", containerPort: 53, hostAddress: "fd00::9", hostPort: 53).element(to: addresses, comment: "c"))
        #expect(one.set == "ports6at" && one.element.key.count == 24 && one.element.value?.count == 20)
        #expect(port.element(to: [addresses[1]], comment: "c") == nil, "no address of that version")
        #expect(PublishedPort.changes([port], to: addresses, comment: "c", adds: false) == [.remove([any.element], from: "ports4")])
    }

    @Test func reservation() throws {
        let first = try PortReservation.take([PortRequest(containerPort: 80, hostAddress: "127.0.0.1")], hasIPv6: false)
        let port = try #require(first.ports.first?.hostPort)
        #expect(port > 0 && first.sockets.count == 1)
        let again = PortRequest(containerPort: 80, hostAddress: "127.0.0.1", hostPorts: port...port)
        let error = #expect(throws: ApusError.self) { try PortReservation.take([again], hasIPv6: false) }
        #expect(error?.message == "cannot publish 127.0.0.1:\(port)/tcp: the port is already allocated")
        // Of UDP it is another port.
        #expect(throws: Never.self) {
            try PortReservation.take([PortRequest(transport: "udp", containerPort: 80, hostAddress: "127.0.0.1", hostPorts: port...port)], hasIPv6: false)
        }
        let foreign = #expect(throws: ApusError.self) {
            try PortReservation.take([PortRequest(containerPort: 80, hostAddress: "192.0.2.1", hostPorts: 1...1)], hasIPv6: false)
        }
        #expect(foreign?.message == "cannot publish 192.0.2.1:1/tcp: the host does not have this address")
        _ = first.sockets
    }
}
