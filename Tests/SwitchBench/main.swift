// What the switch's core takes for a packet, and that the way of a known packet allocates nothing. bench/switch-core runs it.
import Glibc
import PacketCore
import PacketFixtures
import SwitchCore

func frames(_ count: Int) -> [[UInt8]] {
    (0..<count).map { index in
        var frame = FrameBuilder("10.1.\(index >> 8 & 255).\(index & 255)", "10.2.\(index >> 16 & 255).7", udp: 53, from: UInt16(1024 + index % 40000))
        (frame.source, frame.destination) = (MACAddress(rawValue: 0x0200_0000_0001), MACAddress(rawValue: 0x0200_0000_0002))
        return frame.bytes
    }
}

/// False where something allocates that must not.
func run() throws -> Bool {
    let bench = Bench()
    let many = frames(100_000)
    let one = many[0]
    let keys = many.map { FlowKey(parsing: $0.span, inPort: 1) }

    bench.measure("parse", 1_000_000) { _ in FlowKey(parsing: one.span, inPort: 1).words[8] }

    func mask(_ text: String) throws -> FlowKey { try RuleFilter(parsing: text, ports: { _ in nil }).match.mask.packet }
    let masks = try [
        "in_port=1,udp,nw_src=1.1.1.1,tp_src=1", "in_port=1,dl_dst=00:00:00:00:00:01,ip,nw_src=1.1.1.1", "in_port=1,ip,nw_src=1.1.1.1,nw_dst=1.1.1.1",
        "in_port=1,udp,nw_src=1.1.1.1,nw_dst=1.1.1.1,tp_src=1,tp_dst=1",
    ].map(mask)
    var table = MegaflowTable()
    func put(_ index: Int) {
        var key = keys[index]
        for word in 0..<FlowKey.wordCount { key.words[word] &= masks[index % 4].words[word] }
        table.put(Megaflow(id: UInt64(index + 1), key: key, mask: masks[index % 4], actions: [.output(PortNumber(rawValue: 2))]))
    }
    put(0)
    bench.measure("parse, look up and count, one flow", 1_000_000) { _ in
        let key = FlowKey(parsing: one.span, inPort: 1)
        guard let slot = table.lookup(key) else { return 1 }
        table.count(slot, bytes: one.count, tcpFlags: 0, now: 1)
        return UInt64(slot)
    }
    for index in 0..<100_000 { put(index) }
    bench.measure("parse, look up and count, 100000 flows of 4 masks", 100_000) { index in
        let frame = many[index]
        let key = FlowKey(parsing: frame.span, inPort: 1)
        guard let slot = table.lookup(key) else { return 1 }
        table.count(slot, bytes: 64, tcpFlags: 0, now: 1)
        return UInt64(slot)
    }

    var value = FlowKey()
    var change = FlowKey()
    (value.ethernetDestination, change.ethernetDestination) = (MACAddress(rawValue: 5), .broadcast)
    (value.ipv4Destination, change.ipv4Destination) = (IPv4Address(rawValue: 9), IPv4Address(rawValue: ~0))
    (value.destinationPort, change.destinationPort) = (80, 0xffff)
    let steps: [DatapathAction] = [.set(value: value, mask: change), .pushVLAN(tpid: 0x8100, tci: 5), .popVLAN]
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 256, alignment: 16)
    _ = unsafe room.initializeMemory(as: UInt8.self, repeating: 0)
    bench.measure("parse, set three fields, push and pop a tag", 1_000_000) { index in
        var layout = FrameLayout()
        let key = unsafe FlowKey(parsing: one.span.bytes, inPort: 1, layout: &layout)
        unsafe one.withUnsafeBytes { unsafe room.baseAddress!.advanced(by: 32).copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
        var editor = unsafe PacketEditor(room, start: 32, count: one.count, key: key, layout: layout)
        var isDone = true
        for step in steps { isDone = editor.apply(step) && isDone }
        return isDone ? 1 : 0
    }

    let network = VirtualSwitch()
    let bridge = network.set(BridgeConfiguration(name: "br"))
    for number in 1...2 { try network.set(PortConfiguration(number: PortNumber(rawValue: UInt32(number)), name: "p\(number)"), in: "br") }
    bridge.addresses.learn(vlan: 0, MACAddress(rawValue: 0x0200_0000_0002), at: PortNumber(rawValue: 2), now: 1)
    bench.measure("translate, NORMAL", 100_000, mayAllocate: true) { UInt64(network.translate(keys[$0], now: 2).actions.count) }
    for index in 0..<100_000 {
        var rule = RuleSpec()
        rule.priority = UInt16(index % 50)
        rule.match.set(.ethernetType, to: 0x0800)
        rule.match.set(.ipv4Source, to: UInt128(keys[index].ipv4Source.rawValue))
        rule.match.set(.ipv4Destination, to: UInt128(keys[index].ipv4Destination.rawValue))
        if index.isMultiple(of: 2) { rule.match.set(.ipProtocol, to: 17) }
        if index.isMultiple(of: 4) { rule.match.set(.destinationPort, to: 53) }
        rule.actions = [.output(PortNumber(rawValue: 2))]
        try bridge.add(rule, now: 1)
    }
    bench.measure("translate, 100000 rules", 100_000, mayAllocate: true) { UInt64(network.translate(keys[$0], now: 2).actions.count) }
    let flows = InstalledFlows(network)
    bench.measure("translate, learn and install, 100000 rules", 100_000, mayAllocate: true) { index in
        let translation = network.translate(keys[index], now: 2)
        network.apply(translation, packets: 1, bytes: 60, now: 2)
        return flows.install(keys[index], translation, now: 2).id
    }
    let start = processorTime()
    network.set(bridge.configuration)
    let changed = flows.revalidate(now: 3).count
    print("revalidate \(flows.count) flows: \(Int((processorTime() - start) / 1e6)) ms, \(changed) changed")
    return bench.failures == 0 && bench.sink != 1
}

exit(try run() ? 0 : 1)
