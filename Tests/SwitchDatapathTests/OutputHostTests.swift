import Glibc
import LinuxSystem
import PacketCore
import PacketFixtures
import SwitchCore
import Testing

@testable import SwitchDatapath

struct OutputHostTests {
    @Test(arguments: DatapathKind.allCases) func `a packet leaves by the port that its flow names, and by no other`(kind: DatapathKind) async throws {
        try await World.with { _ in
            let datapath = try kind.make()
            let taps = try (1...3).map { try TapPort(UInt32($0)) }
            for tap in taps { try datapath.add(tap.port) }
            try datapath.put(Megaflow(id: 1, from: 1, [.output(2)]))
            let frame = FrameBuilder("10.0.0.1", "10.0.0.2").bytes
            try taps[0].send(frame)
            #expect(try taps[1].frames(within: 1000) == [frame])
            #expect(try taps[2].frames(within: 20) == [])
            #expect(try taps[0].frames() == [])
            var seen: [(UInt64, FlowStatistics)] = []
            try datapath.forEachFlow { seen.append(($0.id, $1)) }
            #expect(seen.map(\.0) == [1])
            #expect(seen[0].1.packets == 1 && seen[0].1.bytes == UInt64(frame.count) && seen[0].1.lastUsed > 0)
            #expect(try datapath.statistics(of: taps[0].port.number) == PortStatistics(receivedPackets: 1, receivedBytes: UInt64(frame.count)))
            #expect(try datapath.statistics(of: taps[1].port.number) == PortStatistics(sentPackets: 1, sentBytes: UInt64(frame.count)))
            try datapath.remove(flow: 1)
            try taps[0].send(frame)
            #expect(try upcalls(datapath, 1).map(\.frame) == [frame])
            #expect(try taps[1].frames(within: 20) == [])
        }
    }

    @Test(arguments: DatapathKind.allCases) func `a flood reaches every port once`(kind: DatapathKind) async throws {
        try await World.with { _ in
            let datapath = try kind.make()
            let taps = try (1...150).map { try TapPort(UInt32($0)) }
            for tap in taps { try datapath.add(tap.port) }
            try datapath.put(Megaflow(id: 1, from: 1, (2...150).map { .output(UInt32($0)) }))
            let frame = FrameBuilder(arpFrom: MACAddress("02:00:00:00:00:01")!, "10.0.0.1", target: "10.0.0.9").bytes
            try taps[0].send(frame)
            for tap in taps.dropFirst() { #expect(try tap.frames(within: 1000) == [frame]) }
            #expect(try taps[0].frames() == [])
        }
    }

    @Test(arguments: DatapathKind.allCases) func `a miss comes up whole and goes down whole`(kind: DatapathKind) async throws {
        try await World.with { _ in
            let datapath = try kind.make()
            let taps = try (1...2).map { try TapPort(UInt32($0)) }
            for tap in taps { try datapath.add(tap.port) }
            var random = RandomSource(seed: 7)
            for _ in 0..<300 {
                var frame = random.frame().bytes
                if frame.count < 60 { frame += [UInt8](repeating: 0, count: 60 - frame.count) }
                try taps[0].send(frame)
                let packets = try upcalls(datapath, 1)
                try #require(packets.map(\.frame) == [frame])
                #expect(packets[0].port.rawValue == 1 && packets[0].reason == .miss)
                try datapath.execute([.output(2)], on: packets[0])
                try #require(try taps[1].frames(within: 1000) == [frame])
            }
        }
    }

    @Test(arguments: DatapathKind.allCases) func `a segment that its sender has not cut comes up and goes down uncut`(kind: DatapathKind) async throws {
        try await World.with { _ in
            let datapath = try kind.make()
            let taps = try (1...2).map { try TapPort(UInt32($0)) }
            for tap in taps { try datapath.add(tap.port) }
            var builder = FrameBuilder()
            builder.network = .ipv4(source: IPv4Address("10.0.0.1")!, destination: IPv4Address("10.0.0.2")!)
            builder.transport = .tcp(source: 1, destination: 2)
            builder.payload = [UInt8](repeating: 0x5a, count: 30_000)
            // NEEDS_CSUM, TCPV4, header 54, segment 1448, checksum from 34, at 16.
            let offload: [UInt8] = [1, 1, 54, 0, 0xa8, 5, 34, 0, 16, 0]
            try taps[0].send(builder.bytes, offload: offload)
            let packet = try #require(try upcalls(datapath, 1).first)
            #expect(packet.frame == builder.bytes)
            #expect(packet.offload[0] == 1 && packet.offload[1] == 1 && packet.offload[4] == 0xa8 && packet.offload[6] == 34 && packet.offload[8] == 16)
            try datapath.execute([.output(2)], on: packet)
            let out = try taps[1].receive(within: 1000)
            #expect(out.map(\.frame) == [builder.bytes])
            #expect(out.first.map { Array($0.offload[0...1] + $0.offload[4...9]) } == [1, 1, 0xa8, 5, 34, 0, 16, 0])
        }
    }

    @Test(arguments: DatapathKind.allCases) func `what the datapath drops is counted under its reason`(kind: DatapathKind) async throws {
        try await World.with { _ in
            let datapath = try kind.make()
            let taps = try (1...2).map { try TapPort(UInt32($0)) }
            for tap in taps { try datapath.add(tap.port) }
            try datapath.put(Megaflow(id: 1, from: 1, [.drop(.isolated)]))
            try datapath.put(Megaflow(id: 2, from: 2, [.output(77)]))
            try taps[0].send(FrameBuilder("10.0.0.1", "10.0.0.2").bytes)
            try taps[1].send(FrameBuilder("10.0.0.1", "10.0.0.2").bytes)
            try taps[1].send(FrameBuilder("10.0.0.1", "10.0.0.2").bytes)
            #expect(try upcalls(datapath, 0).isEmpty)
            #expect(try eventually { try datapath.drops() == [.isolated: 1, .unknownPort: 2] })
        }
    }

    @Test(arguments: DatapathKind.allCases) func `a meter lets its rate through`(kind: DatapathKind) async throws {
        try await World.with { _ in
            let datapath = try kind.make()
            let taps = try (1...2).map { try TapPort(UInt32($0)) }
            for tap in taps { try datapath.add(tap.port) }
            let frame = FrameBuilder("10.0.0.1", "10.0.0.2", payload: [UInt8](repeating: 0, count: 958)).bytes
            try datapath.setMeter(3, rate: 1, burst: 5 * 8 * 1000)
            try datapath.put(Megaflow(id: 1, from: 1, [.meter(3), .output(2)]))
            for _ in 0..<20 { try taps[0].send(frame) }
            #expect(try eventually { try datapath.drops() == [.meter: 15] })
            #expect(try taps[1].frames(within: 100).count == 5)
            try datapath.setMeter(3, rate: 0, burst: 0)
            try taps[0].send(frame)
            #expect(try taps[1].frames(within: 1000).count == 1)
        }
    }

    @Test(arguments: DatapathKind.allCases) func `meters of packets, of bits, and of a port's rate have reasons of their own`(kind: DatapathKind) async throws {
        try await World.with { _ in
            let datapath = try kind.make()
            let taps = try (1...2).map { try TapPort(UInt32($0)) }
            for tap in taps { try datapath.add(tap.port) }
            let frame = FrameBuilder("10.0.0.1", "10.0.0.2").bytes
            let storm = MeterID.storm(of: taps[0].port.number)
            let rate = MeterID.rate(of: taps[0].port.number)
            // So slow that nothing comes back meanwhile on an emulated processor.
            try datapath.setMeter(storm, rate: 1, burst: 3)
            try datapath.setMeter(rate, rate: 1, burst: UInt64(frame.count) * 8 * 8)
            try datapath.put(Megaflow(id: 1, from: 1, [.meter(rate), .meter(storm), .output(2)]))
            for _ in 0..<12 { try taps[0].send(frame) }
            #expect(try eventually { try datapath.drops() == [.portRate: 4, .storm: 5] })
            #expect(try taps[1].frames(within: 100).count == 3)
            // A low rate is not lost between packets that come often.
            try datapath.setMeter(rate, rate: 0, burst: 0)
            try datapath.setMeter(storm, rate: 100, burst: 3)
            for _ in 0..<40 {
                usleep(5000)
                try taps[0].send(frame)
            }
            #expect(try (8...40).contains(taps[1].frames(within: 100).count))
        }
    }

    @Test(arguments: DatapathKind.allCases) func `what a program cannot do comes up, and is done by the daemon`(kind: DatapathKind) async throws {
        try await World.with { _ in
            let datapath = try kind.make()
            let taps = try (1...2).map { try TapPort(UInt32($0)) }
            for tap in taps { try datapath.add(tap.port) }
            var before = FrameBuilder("10.0.0.1", "10.0.0.2")
            before.transport = .sctp(source: 1, destination: 2)
            let frame = before.bytes
            var value = FlowKey()
            var mask = FlowKey()
            value.destinationPort = 7
            mask.destinationPort = .max
            let actions: [DatapathAction] = [.output(2), .set(value: value, mask: mask), .upcall(.controller), .pushVLAN(tpid: 0x8100, tci: 5), .output(2)]
            try datapath.put(Megaflow(id: 1, exact: flowKey(frame, from: 1), actions))
            try taps[0].send(frame)
            let packet = try #require(try upcalls(datapath, 1).first)
            #expect(packet.reason == .slowPath && packet.frame == frame)
            try datapath.execute(actions, on: packet)
            let out = try taps[1].frames(within: 1000)
            #expect(out.count == 2 && out.first == frame)
            let key = flowKey(out.last ?? [], from: 1)
            #expect(key.destinationPort == 7 && key.vlanControl == 0x1005)
            let second = try #require(try upcalls(datapath, 1).first)
            #expect(second.reason == .controller && flowKey(second.frame, from: 1).destinationPort == 7)
        }
    }

    @Test(arguments: DatapathKind.allCases) func `a port that floods misses does not starve another`(kind: DatapathKind) async throws {
        try await World.with { _ in
            let datapath = try kind.make()
            let taps = try (1...2).map { try TapPort(UInt32($0)) }
            for tap in taps { try datapath.add(tap.port) }
            for _ in 0..<1000 { try taps[0].send(FrameBuilder("10.0.0.1", "10.0.0.2").bytes) }
            let other = FrameBuilder("10.0.0.3", "10.0.0.2").bytes
            try taps[1].send(other)
            #expect(try eventually { try datapath.drops()[.upcallQueueFull] ?? 0 >= 1000 - 256 - 128 })
            let packets = try upcalls(datapath) { $0.contains { $0.port.rawValue == 2 } }
            #expect(packets.filter { $0.port.rawValue == 2 }.map(\.frame) == [other])
            // What still lies in a packet socket's ring comes as there is room.
            #expect(packets.filter { $0.port.rawValue == 1 }.count <= 256 + 128)
            try taps[0].send(other)
            #expect(try upcalls(datapath) { $0.last?.frame == other }.last?.frame == other)
        }
    }
}
