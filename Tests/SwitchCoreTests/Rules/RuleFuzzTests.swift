import LinuxSystem
import PacketFixtures
import SwitchCore
import Testing

struct RuleFuzzTests {
    /// Rules with words exchanged and characters changed: each is read or refused with one line, and what is read is printed and read again as the same.
    @Test func damagedRules() {
        var random = RandomSource(seed: 21)
        let words = RuleTextTests.rules.flatMap { $0.0.split { $0 == "," || $0 == " " } }.map(String.init)
        var count = 0
        for _ in 0..<20_000 {
            var text =
                random.once(in: 2)
                ? random.pick(RuleTextTests.rules).0
                : (0..<random.below(5)).map { _ in random.pick(words) }.joined(separator: ",") + ",actions=" + random.pick(words)
            for _ in 0..<random.below(3) where !text.isEmpty {
                let place = text.index(text.startIndex, offsetBy: random.below(text.count))
                if random.once(in: 2) { text.remove(at: place) } else { text.insert(random.pick(Array(",=:/()[]\"->.*x0915é\u{301}\0 -+")), at: place) }
            }
            do throws(ApusError) {
                let parsed = try rule(text)
                count += 1
                let printed = parsed.text(ports: testNames)
                let again = try? RuleSpec(parsing: printed, ports: testPorts)
                #expect(again == parsed, "\(text) | \(printed)")
            } catch {
                #expect(!error.description.contains("\n"))
            }
        }
        #expect(count > 2000)
    }
}
