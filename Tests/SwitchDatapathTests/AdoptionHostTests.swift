import LinuxSystem
import PacketCore
import PacketFixtures
import SwitchCore
import Testing

@testable import SwitchDatapath

struct AdoptionHostTests {
    @Test func `a new daemon has the flows, ports and counters of the one before, and no packet is lost between`() async throws {
        try await World.with { _ in
            let taps = try (1...3).map { try TapPort(UInt32($0)) }
            let frames = (0..<50).map { FrameBuilder("10.0.0.\($0)", "10.0.0.2").bytes }
            do {
                let first = try BPFDatapath(tap: "apus-up")
                #expect(!first.isAdopted)
                for tap in taps { try first.add(tap.port) }
                for (number, frame) in frames.enumerated() {
                    let key = flowKey(frame, from: 1)
                    try first.put(Megaflow(id: UInt64(number), exact: key, [.pushVLAN(tpid: 0x8100, tci: UInt16(number + 1)), .output(2), .output(3)]))
                }
                try first.put(Megaflow(id: 999, from: 3, [.output(1)]))
                for frame in frames { try taps[0].send(frame) }
                #expect(try taps[1].frames(within: 1000).count == 50)
            }
            // Nobody is there now.
            for frame in frames { try taps[0].send(frame) }
            #expect(try taps[1].frames(within: 1000).count == 50)
            let second = try BPFDatapath(tap: "apus-up")
            #expect(second.isAdopted)
            #expect(Set(second.ports.map(\.number.rawValue)) == [1, 2, 3])
            #expect(second.ports.first { $0.number.rawValue == 2 } == taps[1].port)
            var flows: [UInt64: (Megaflow, FlowStatistics)] = [:]
            try second.forEachFlow { flows[$0.id] = ($0, $1) }
            #expect(flows.count == 51)
            #expect(flows[7]?.0.actions == [.pushVLAN(tpid: 0x8100, tci: 8), .output(2), .output(3)])
            #expect(flows[7]?.1.packets == 2)
            #expect(try second.statistics(of: taps[0].port.number).receivedPackets == 100)
            try second.remove(flow: 7)
            try taps[0].send(frames[7])
            #expect(try upcalls(second, 1).map(\.frame) == [frames[7]])
            // Programs of the earlier daemon are not written over.
            for number in 0..<100 { try second.put(Megaflow(id: 2000 + UInt64(number), from: 1000 + UInt32(number), [.meter(UInt32(number))])) }
            _ = try taps[1].frames()
            try taps[0].send(frames[8])
            #expect(try taps[1].frames(within: 1000).count == 1)
        }
    }

    @Test func `ports whose interface is gone are not adopted`() async throws {
        try await World.with { world in
            let stays = try TapPort(1)
            try world.run("ip link add gone type veth peer name other")
            try BPFDatapath(tap: "apus-up").addAll([
                stays.port, DatapathPort(number: PortNumber(rawValue: 9), interface: "gone", index: interfaceIndex("gone"), isVeth: false),
            ])
            try world.run("ip link del gone")
            #expect(try BPFDatapath(tap: "apus-up").ports == [stays.port])
        }
    }

    @Test func `after destroy nothing is left to adopt`() async throws {
        try await World.with { _ in
            _ = try BPFDatapath(tap: "apus-up")
            try BPFDatapath.destroy(tap: "apus-up")
            #expect(interfaceIndex("apus-up") == 0)
            #expect(try !BPFDatapath(tap: "apus-up").isAdopted)
        }
    }
}

extension BPFDatapath {
    fileprivate func addAll(_ ports: [DatapathPort]) throws { for port in ports { try add(port) } }
}
