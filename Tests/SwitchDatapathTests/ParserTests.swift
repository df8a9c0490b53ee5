import CFlow
import PacketCore
import PacketFixtures
import SwitchCore
import Testing

@testable import SwitchDatapath

/// The parser in C, by which both real datapaths read frames, against the one in Swift.
struct ParserTests {
    @Test func `C and Swift read the same key from any frame`() {
        var random = RandomSource(seed: 11)
        for round in 0..<60_000 {
            var frame = random.frame().bytes
            if round % 2 == 1 { frame = random.damaged(frame) }
            var layout = FrameLayout()
            let expected = unsafe FlowKey(parsing: frame.span.bytes, inPort: 5, layout: &layout)
            var key = apus_flow_key()
            var places = apus_layout()
            key.in_port = 5
            unsafe frame.withUnsafeBytes { bytes in
                var source = unsafe apus_frame()
                unsafe source.bytes = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
                unsafe source.length = UInt32(bytes.count)
                unsafe apus_parse(&source, &key, &places)
            }
            let got = unsafe unsafeBitCast(key, to: FlowKey.self)
            guard got == expected else {
                Issue.record("frame \(frame): \(got.words) and not \(expected.words)")
                return
            }
            #expect(Int(places.network) == layout.network && Int(places.transport) == layout.transport)
            #expect(Int(places.source_option) == layout.sourceOption && Int(places.target_option) == layout.targetOption)
        }
    }

    @Test func `a tag beside the frame is read as one within`() {
        var builder = FrameBuilder("10.0.0.1", "10.0.0.2")
        builder.tags = [(0x88a8, 0x7001), (0x8100, 5)]
        let frame = builder.bytes
        var key = apus_flow_key()
        var places = apus_layout()
        let without = Array(frame[..<12] + frame[16...])
        unsafe without.withUnsafeBytes { bytes in
            var source = unsafe apus_frame()
            unsafe source.bytes = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
            unsafe source.length = UInt32(bytes.count)
            unsafe source.tag_present = 1
            unsafe source.tag_protocol = UInt16(0x88a8).bigEndian
            unsafe source.tag_control = 0x7001
            unsafe apus_parse(&source, &key, &places)
        }
        #expect(unsafe unsafeBitCast(key, to: FlowKey.self) == flowKey(frame, from: 0))
    }
}

struct ParserHostTests {
    @Test(arguments: DatapathKind.allCases) func `the datapath reads the same key as Swift`(kind: DatapathKind) async throws {
        try await World.with { _ in
            let datapath = try kind.make()
            let taps = try (1...2).map { try TapPort(UInt32($0)) }
            for tap in taps { try datapath.add(tap.port) }
            var random = RandomSource(seed: 13)
            for round in 0..<1500 {
                var frame = random.frame().bytes
                if round % 2 == 1 { frame = random.damaged(frame) }
                // The kernel itself drops frames that end behind a tag.
                if frame.count < 60 { frame += [UInt8](repeating: 0, count: 60 - frame.count) }
                try datapath.put(Megaflow(id: 1, exact: flowKey(frame, from: 1), [.output(2)]))
                try taps[0].send(frame)
                try #require(try taps[1].frames(within: 1000) == [frame])
                try datapath.remove(flow: 1)
            }
        }
    }
}
