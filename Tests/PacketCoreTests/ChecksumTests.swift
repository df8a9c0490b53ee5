import PacketCore
import PacketFixtures
import Testing

struct ChecksumTests {
    @Test func exampleOfTheRFC() {
        // RFC 1071, section 3: the sum of these is ddf2.
        var sum = InternetChecksum()
        unsafe sum.add(([0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7] as [UInt8]).span.bytes)
        #expect(sum.folded == 0xddf2)
        #expect(sum.value == 0x220d)
    }

    @Test func equalsTheReference() {
        var random = RandomSource(seed: 1)
        for length in 0..<300 {
            let bytes = (0..<length).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            var sum = InternetChecksum()
            unsafe sum.add(bytes.span.bytes)
            #expect(sum.value == referenceChecksum(bytes))
        }
    }

    @Test func updatesEqualAFreshSum() {
        var random = RandomSource(seed: 2)
        for _ in 0..<2000 {
            var bytes = (0..<40).map { _ in random.pick([0, 0xff, UInt8(truncatingIfNeeded: random.next())]) }
            let old = referenceChecksum(bytes)
            let before = bytes
            let word = random.once(in: 3) ? 0xffff : UInt16(truncatingIfNeeded: random.next())
            bytes.replaceSubrange(8..<10, with: big(word))
            // RFC 1624 and a fresh sum may name zero differently (0 and 0xffff), except where some word is not zero.
            if bytes.allSatisfy({ $0 == 0 }) { continue }
            #expect(InternetChecksum.updated(old, from: UInt16(before[8]) << 8 | UInt16(before[9]), to: word) == referenceChecksum(bytes))
        }
    }

    @Test func widerUpdatesAreThoseOfTheirWords() {
        var random = RandomSource(seed: 3)
        for _ in 0..<1000 {
            let (old, new, start) = (
                UInt128(random.next()) << 64 | UInt128(random.next()), UInt128(random.next()) << 64 | UInt128(random.next()),
                UInt16(truncatingIfNeeded: random.next())
            )
            var single = start
            for shift in stride(from: UInt128(0), to: 128, by: 16) {
                single = InternetChecksum.updated(single, from: UInt16(truncatingIfNeeded: old >> shift), to: UInt16(truncatingIfNeeded: new >> shift))
            }
            #expect(InternetChecksum.updated(start, from: old, to: new) == single)
        }
    }
}
