import PacketCore
import PacketFixtures
import SwitchFuzz
import Testing

@testable import SwitchCore

struct ClassifierTests {
    private func spec(_ match: Match, _ priority: Int) -> RuleSpec {
        var spec = RuleSpec()
        (spec.match, spec.priority) = (match, UInt16(priority))
        return spec
    }

    /// Random tables with rules coming and going against a search through all: a rule of the same priority, and a mask under which nothing else is found.
    @Test(arguments: 1...12) func findsWhatALinearSearchFinds(_ seed: Int) {
        var random = RandomSource(seed: UInt64(seed))
        let classifier = Classifier()
        var rules: [Rule] = []
        var (found, splits) = (0, 0)
        for step in 0..<600 {
            if step < 60 || random.once(in: 3) {
                let rule = Rule(id: UInt64(step), spec(random.match(), random.below(seed < 6 ? 6 : 60000)), now: 0)
                if classifier.find(rule.spec.match, priority: rule.spec.priority) == nil {
                    classifier.insert(rule)
                    rules.append(rule)
                }
            }
            if !rules.isEmpty, random.once(in: 4) {
                let rule = rules.remove(at: random.below(rules.count))
                #expect(classifier.find(rule.spec.match, priority: rule.spec.priority) === rule)
                classifier.remove(rule)
                #expect(classifier.find(rule.spec.match, priority: rule.spec.priority) == nil)
            }
            for _ in 0..<4 {
                var key = PipelineKey(random.key())
                key[.register0] = UInt128(random.below(2))
                key[.metadata] = UInt128(random.below(2))
                let expected = rules.filter { $0.spec.match.matches(key) }.map(\.priority).max()
                var read = PipelineKey()
                let rule = classifier.lookup(key, read: &read)
                #expect(rule?.priority == expected)
                if let rule { #expect(rule.spec.match.matches(key)) }
                found += rule == nil ? 0 : 1
                for _ in 0..<4 {
                    var other = key
                    other.packet = random.variant(of: key.packet, keeping: read.packet)
                    splits += other == key ? 0 : 1
                    var readOfOther = PipelineKey()
                    #expect(classifier.lookup(other, read: &readOfOther) === rule)
                }
            }
        }
        #expect(classifier.count == rules.count && classifier.rules.count == rules.count)
        #expect(found > 500 && splits > 500)
        for rule in rules { classifier.remove(rule) }
        #expect(classifier.count == 0 && classifier.maskCount == 0)
    }

    /// A rule for one host must not make every megaflow exact in the addresses of others, nor a rule on a port in the ports.
    @Test func masksStaySmall() throws {
        let classifier = Classifier()
        for (index, text) in [
            "priority=10,ip,nw_dst=10.1.0.0/16,actions=1", "priority=20,ip,nw_dst=10.1.2.3,actions=1", "priority=30,tcp,nw_src=192.168.0.1,tp_dst=80,actions=1",
        ].enumerated() {
            classifier.insert(Rule(id: UInt64(index), try rule(text), now: 0))
        }
        var packet = FlowKey(parsing: FrameBuilder("10.1.9.9", "10.1.200.1").bytes.span, inPort: 1)
        var read = PipelineKey()
        #expect(classifier.lookup(PipelineKey(packet), read: &read)?.priority == 10)
        // 10.1.200.1 differs from 10.1.2.3 in the 17th bit; 10.1.9.9 from 192.168.0.1 in the first; UDP is not TCP, so nothing of the ports was read.
        #expect(read.packet.ipv4Destination.description == "255.255.128.0" && read.packet.ipv4Source.description == "128.0.0.0")
        #expect(read.packet.sourcePort == 0 && read.packet.destinationPort == 0 && read.packet.ethernetSource.isZero)
        // Not an IP packet: the type alone.
        packet = FlowKey(parsing: FrameBuilder().bytes.span, inPort: 1)
        read = PipelineKey()
        #expect(classifier.lookup(PipelineKey(packet), read: &read) == nil)
        #expect(read.packet.ethernetType == 0xffff && read.packet.words[6] == 0 && read.packet.words[8] == 0 && read.packet.words[3] == 0xffff << 48)
    }

    @Test func portsAreReadAsFarAsNeeded() throws {
        let classifier = Classifier()
        classifier.insert(Rule(id: 1, try rule("priority=10,udp,tp_src=32768,actions=1"), now: 0))
        var read = PipelineKey()
        #expect(classifier.lookup(PipelineKey(FlowKey(parsing: FrameBuilder("10.0.0.1", "10.0.0.2", from: 4000).bytes.span, inPort: 1)), read: &read) == nil)
        #expect(read.packet.sourcePort == 0x8000 && read.packet.destinationPort == 0)
    }

    @Test func aHundredThousandRules() {
        let classifier = Classifier()
        var random = RandomSource(seed: 5)
        var all: [Rule] = []
        for index in 0..<100_000 {
            var match = Match()
            match.set(.ethernetType, to: 0x0800)
            match.set(.ipv4Destination, to: UInt128(index), mask: index.isMultiple(of: 2) ? ~0 : 0xffff_ff00)
            if index.isMultiple(of: 3) { match.set(.ipProtocol, to: 6) }
            if index.isMultiple(of: 6) { match.set(.destinationPort, to: UInt128(index & 0xffff)) }
            if classifier.find(match, priority: UInt16(index % 100)) != nil { continue }
            let rule = Rule(id: UInt64(index), spec(match, index % 100), now: 0)
            classifier.insert(rule)
            all.append(rule)
        }
        #expect(classifier.count == all.count && all.count > 50_000 && classifier.maskCount == 4)
        for _ in 0..<5 {
            var key = PipelineKey()
            key.packet.ethernetType = 0x0800
            key.packet.ipv4Destination = IPv4Address(rawValue: UInt32(random.below(110_000)))
            key.packet.ipProtocol = random.pick([6, 17])
            key.packet.destinationPort = UInt16(truncatingIfNeeded: key.packet.ipv4Destination.rawValue)
            var read = PipelineKey()
            #expect(classifier.lookup(key, read: &read)?.priority == all.filter { $0.spec.match.matches(key) }.map(\.priority).max())
        }
        for rule in all { classifier.remove(rule) }
        #expect(classifier.count == 0)
    }
}
