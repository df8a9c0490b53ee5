import LinuxSystem
import PacketCore
import PacketFixtures
import SwitchCore
import SwitchFuzz
import Testing

struct TranslationPropertyTests {
    /// The fuzzer's checks on a few thousand frames: flows and tables agree, and nothing leaves where nothing allows it.
    @Test(arguments: 1...4) func flowsAgreeWithTables(_ seed: Int) throws {
        var fuzzer = SwitchFuzzer(seed: UInt64(seed))
        for number in 0..<UInt64(2000) { try fuzzer.run(number) }
        #expect(fuzzer.depth.misses > 500 && fuzzer.depth.sent > 500 && fuzzer.depth.changes > 100)
    }
}
