import PacketCore
import PacketFixtures
import Testing

struct ParseFuzzTests {
    /// No frame ends the program (the bytes are read through a span, which checks), and what a key says was in the frame.
    @Test func damagedFrames() {
        var random = RandomSource(seed: 11)
        for _ in 0..<20_000 {
            let frame = random.once(in: 3) ? random.frame().bytes : random.damaged(random.frame().bytes)
            var layout = FrameLayout()
            let key = unsafe FlowKey(parsing: frame.span.bytes, inPort: 1, layout: &layout)
            #expect(key.vlanCount <= 2 && key.fragment <= 3 && key.fragment != 2 && key.tcpFlags < 0x1000 && key.ipv6Label <= 0xfffff)
            #expect(key.words[7] & 0xffff_0000 == 0 && key.words[13] >> 32 == 0 && key.words[4] >> 56 == 0)
            #expect(layout.network < max(frame.count, 1) && layout.transport < max(frame.count, 1))
            // Bytes behind what was read do not count.
            if layout.transport == 0, key.ethernetType == EtherType.arp, layout.network > 0 {
                #expect(FlowKey(parsing: (frame + [1, 2, 3]).span, inPort: 1) == key)
            }
        }
    }
}
