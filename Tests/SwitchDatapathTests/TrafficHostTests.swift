import Glibc
import LinuxSystem
import PacketCore
import SwitchCore
import SwitchFixtures
import Synchronization
import Testing

@testable import SwitchDatapath

/// Real programs and the kernel's own protocols through a datapath under the smallest slow path.
struct TrafficHostTests {
    /// Containers on a switch, which a thread of its own serves while the body runs.
    static func withSwitch(
        _ kind: DatapathKind, containers: Int, mtu: Int = 1500, grain: LearningSwitch.Grain = .addresses,
        _ body: @escaping @Sendable (World, [World.Container]) throws -> Void
    ) async throws {
        try await World.with { world in
            let list = try (1...containers).map { try world.container($0, mtu: mtu) }
            let datapath = try kind.make()
            for container in list {
                let name = "p\(container.number)"
                try datapath.add(
                    DatapathPort(
                        number: PortNumber(rawValue: UInt32(container.number)), interface: name, index: interfaceIndex(name), isVeth: true,
                        peerAddress: MACAddress(container.mac)))
            }
            let learning = LearningSwitch(datapath)
            learning.grain = grain
            let end = Flag()
            let serving = Serving(learning, end)
            let thread = try WorkerThread { serving.run() }
            defer {
                end.set()
                thread.join()
            }
            try body(world, list)
        }
    }

    final class Flag: Sendable {
        private let value = Atomic(false)
        var isSet: Bool { value.load(ordering: .acquiring) }
        func set() { value.store(true, ordering: .releasing) }
    }

    /// The switch is used by this thread alone once it runs.
    final class Serving: @unchecked Sendable {
        let learning: LearningSwitch
        let end: Flag
        init(_ learning: LearningSwitch, _ end: Flag) {
            self.learning = learning
            self.end = end
        }

        func run() {
            var waiting = pollfd(fd: learning.datapath.upcallDescriptor ?? -1, events: Int16(POLLIN), revents: 0)
            while !end.isSet {
                if unsafe poll(&waiting, 1, 20) < 0 { continue }
                do { while try learning.serve() > 0 {} } catch { Issue.record("the slow path failed: \(error)") }
            }
        }
    }

    static func bits(_ iperf: String) -> Double {
        // "... 1.10 Gbits/sec                  receiver"
        let words = iperf.split(separator: "\n").last { $0.hasSuffix("receiver") }?.split(separator: " ") ?? []
        guard let unit = words.firstIndex(where: { $0.hasSuffix("bits/sec") }), let number = Double(words[unit - 1]) else { return 0 }
        return number * (words[unit].hasPrefix("G") ? 1e9 : words[unit].hasPrefix("M") ? 1e6 : words[unit].hasPrefix("K") ? 1e3 : 1)
    }

    @Test(arguments: DatapathKind.allCases) func `ping of IPv4 and IPv6, and TCP in both directions`(kind: DatapathKind) async throws {
        try await Self.withSwitch(kind, containers: 3) { world, list in
            try world.run("ping -c 3 -i 0.05 -W 3 10.0.0.2", in: list[0])
            try world.run("ping -c 2 -i 0.05 -W 3 10.0.0.3", in: list[1])
            try world.run("ip -6 addr add fd00::1/64 dev eth0 nodad", in: list[0])
            try world.run("ip -6 addr add fd00::2/64 dev eth0 nodad", in: list[1])
            try world.run("ping -c 3 -i 0.05 -W 3 fd00::2", in: list[0])
            let server = try world.start("iperf3 -s", in: list[1])
            usleep(300_000)
            defer { server.stop() }
            for flags in ["-c 10.0.0.2", "-c 10.0.0.2 -R", "-u -b 20M -c fd00::2"] {
                // A server that has just served says for a moment that it is busy.
                var output = try? world.run("iperf3 -f k -t 1 \(flags)", in: list[0])
                for _ in 0..<20 where output == nil {
                    usleep(100_000)
                    output = try? world.run("iperf3 -f k -t 1 \(flags)", in: list[0])
                }
                #expect(Self.bits(try #require(output, "\(flags)")) > 100e3, "\(output ?? "")")
            }
        }
    }

    @Test(arguments: DatapathKind.allCases) func `TCP where every packet takes the slow path`(kind: DatapathKind) async throws {
        try await Self.withSwitch(kind, containers: 2, grain: .none) { world, list in
            let server = try world.start("iperf3 -s", in: list[1])
            usleep(300_000)
            defer { server.stop() }
            let output = try world.run("iperf3 -f k -t 1 -c 10.0.0.2", in: list[0])
            #expect(Self.bits(output) > 100e3, "\(output)")
        }
    }

    /// Whether the kernel has VLAN devices (8021q).
    static let hasVLANDevices: Bool = {
        // Not on lo, which takes none; the tabs keep the script one word.
        let script = "ip link add v0 type veth peer name v1 && ip link add link v0 name v type vlan id 5".split(separator: " ").joined(separator: "\t")
        guard let running = try? Running("unshare --net sh -c \(script)") else { return false }
        return running.wait().status == 0
    }()

    @Test(.enabled(if: hasVLANDevices, "the kernel has no VLAN devices"), arguments: DatapathKind.allCases)
    func `VLANs of the kernel's own devices, alone and one in another`(kind: DatapathKind) async throws {
        try await Self.withSwitch(kind, containers: 2) { world, list in
            for container in list {
                try world.run("ip link add link eth0 name v5 type vlan id 5", in: container)
                try world.run("ip link add link eth0 name s7 type vlan proto 802.1ad id 7", in: container)
                try world.run("ip link add link s7 name c9 type vlan id 9", in: container)
                for (index, device) in ["v5", "s7", "c9"].enumerated() {
                    try world.run("ip addr add 10.\(index + 1).0.\(container.number)/24 dev \(device)", in: container)
                    try world.run("ip link set \(device) up", in: container)
                }
            }
            for index in 1...3 { try world.run("ping -c 3 -i 0.05 -W 3 10.\(index).0.2", in: list[0]) }
            let server = try world.start("iperf3 -s", in: list[1])
            usleep(300_000)
            defer { server.stop() }
            let output = try world.run("iperf3 -f k -t 1 -c 10.3.0.2", in: list[0])
            #expect(Self.bits(output) > 100e3, "\(output)")
        }
    }

    @Test(arguments: DatapathKind.allCases) func `jumbo frames pass whole`(kind: DatapathKind) async throws {
        try await Self.withSwitch(kind, containers: 2, mtu: 9000) { world, list in
            try world.run("ping -c 2 -i 0.05 -W 3 -M do -s 8972 10.0.0.2", in: list[0])
        }
    }
}
