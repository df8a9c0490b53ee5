import LinuxSystem
import Testing

@testable import SwitchControl

/// Messages as bytes: there and back, cut short, damaged.
@Suite struct MessageTests {
    static let port: PortSettings = {
        var port = PortSettings(bridge: "b", interface: "v1", kind: .veth)
        (port.name, port.number, port.vlanMode, port.tag, port.trunks) = ("web", 7, .nativeTagged, 10, [20, 4094])
        (port.mac, port.addresses) = ([2, 0, 0, 0, 0, 1], [[10, 0, 0, 2], [UInt8](repeating: 9, count: 16)])
        (port.guardsSource, port.trustsServers, port.isIsolated, port.rate, port.burst) = (true, false, true, 1 << 40, 5)
        (port.macLimit, port.stormLimit, port.peer, port.hostAddresses) = (3, 4, "p", ["10.0.0.1/8"])
        (port.owner, port.isEphemeral) = (PortOwner(id: "abc", name: "web", aliases: ["www"]), true)
        return port
    }()
    static let mirror: MirrorSettings = {
        var mirror = MirrorSettings()
        (mirror.bridge, mirror.name, mirror.sources, mirror.destinations) = ("b", "m", ["web"], ["db"])
        (mirror.vlans, mirror.output, mirror.outputVLAN) = ([1, 2], "probe", 5)
        return mirror
    }()
    static let entry = MACEntry(bridge: "b", vlan: 3, mac: [2, 0, 0, 0, 0, 9], port: "web")

    static let requests: [Request] = [
        .state, .bridges, .ports(bridge: "b"), .rules(bridge: "b", match: "ip"), .macs(bridge: ""), .mirrors(bridge: "b"), .meters(bridge: "b"), .megaflows,
        .trace(bridge: "b", packet: "in_port=web,ip"), .drops, .capture(ports: ["web", "db"]),
        .change([
            .addBridge(BridgeSettings(name: "b", network: "n", isEphemeral: true), mayExist: true), .setBridge(BridgeSettings(name: "b")),
            .removeBridge("b", mayLack: true), .addPort(port, mayExist: true), .setPort(port), .removePort(bridge: "b", port: "web", mayLack: true),
            .addRules(bridge: "b", ["priority=1,actions=drop", ""]), .modifyRules(bridge: "b", ["actions=drop"], isStrict: true),
            .removeRules(bridge: "b", [""], isStrict: true), .replaceRules(bridge: "b", []), .setMirror(mirror), .removeMirror(bridge: "b", name: "m"),
            .setMeter(MeterSettings(bridge: "b", id: 1, rate: 2, burst: 3)), .removeMeter(bridge: "b", id: 9), .addMAC(entry),
            .removeMAC(bridge: "b", vlan: 4, mac: [1, 2, 3, 4, 5, 6]), .flushMACs(bridge: "b"),
        ]),
    ]

    static let replies: [Reply] = {
        var state = SwitchState()
        (state.pid, state.version, state.datapath, state.remark, state.uptime) = (-1, "1", "bpf", "r", 5)
        (state.flows, state.upcalls, state.bridges, state.ports) = (6, 7, 8, 9)
        var report = PortReport()
        (report.settings, report.index, report.isUp) = (port, 9, true)
        let counters = [\PortCounters.receivedPackets, \.receivedBytes, \.sentPackets, \.sentBytes, \.dropped]
        for (index, path) in counters.enumerated() { report.counters[keyPath: path] = UInt64(index + 1) }
        var rule = RuleReport()
        (rule.table, rule.priority, rule.cookie, rule.match, rule.actions, rule.packets) = (1, 2, 3, "ip", "drop", 4)
        (rule.bytes, rule.age, rule.idle, rule.idleTimeout, rule.hardTimeout) = (5, 6, 7, 8, 9)
        var flow = MegaflowReport()
        (flow.id, flow.match, flow.actions, flow.packets, flow.bytes, flow.idle) = (1, "ip", "drop", 2, 3, 4)
        var source = CaptureSource()
        (source.port, source.interface, source.index) = ("web", "v1", 7)
        return [
            .failed(ApusError(.notFound, "no bridge b", errno: 2, hint: "make it")), .failed(ApusError(.malformed, "m")), .done([1, 2]), .state(state),
            .bridges([BridgeSettings(name: "b")]), .ports([report, report]), .rules([rule]), .macs([entry]), .mirrors([mirror]),
            .meters([MeterSettings(bridge: "b", id: 1, rate: 2)]), .megaflows([flow]), .text("explained"), .drops([DropReport(reason: "rule", packets: 3)]),
            .capturing([source]),
        ]
    }()

    private func message(_ bytes: [UInt8], _ kind: Frame.Kind) throws -> [UInt8] {
        let frame = try #require(try Frame(bytes[...]))
        #expect(frame.length == bytes.count - Frame.headSize && frame.version == Frame.version && frame.kind == kind)
        return Array(bytes.dropFirst(Frame.headSize))
    }

    @Test func requestsThereAndBack() throws {
        for request in Self.requests { #expect(try Request(message: message(request.encoded(), .request)) == request) }
    }

    @Test func repliesThereAndBack() throws {
        for reply in Self.replies { #expect(try Reply(message: message(reply.encoded(), .reply)) == reply) }
    }

    /// The form on the wire, which programs of two versions must agree about.
    @Test func bytes() throws {
        #expect(try Request.state.encoded() == [1, 0, 0, 0, 1, 0, 1, 0, 0])
        #expect(
            try Request.change([.removeBridge("br0", mayLack: true)]).encoded() == [
                14, 0, 0, 0, 1, 0, 1, 0,  // head: length, version, request
                1, 1, 0, 0, 0,  // a change of one step
                2, 3, 0, 0, 0, 0x62, 0x72, 0x30, 1,  // removeBridge, its name, mayLack
            ])
        #expect(
            try Reply.failed(ApusError(.notFound, "no", errno: 2)).encoded() == [
                16, 0, 0, 0, 1, 0, 2, 0,  // head: length, version, reply
                0, 2, 2, 0, 0, 0, 0x6e, 0x6f, 2, 0, 0, 0, 0, 0, 0, 0,  // failed, class, words, errno, no hint
            ])
    }

    @Test func cutShortOrTooLong() throws {
        for request in Self.requests {
            let bytes = try message(request.encoded(), .request)
            for count in 0..<bytes.count { #expect(throws: ApusError.self) { try Request(message: Array(bytes[..<count])) } }
            #expect(throws: ApusError.self) { try Request(message: bytes + [0]) }
        }
        for reply in Self.replies {
            let bytes = try message(reply.encoded(), .reply)
            for count in 0..<bytes.count { #expect(throws: ApusError.self) { try Reply(message: Array(bytes[..<count])) } }
        }
    }

    @Test func heads() throws {
        #expect(try Frame([1, 0, 0, 0, 1, 0, 1][...]) == nil)
        #expect(throws: ApusError.self) { try Frame([0, 0, 0, 0xff, 1, 0, 1, 0][...]) }
        #expect(throws: ApusError.self) { try Frame([1, 0, 0, 0, 1, 0, 3, 0][...]) }
    }

    /// Damaged messages are refused or read as something else; nothing crashes, and what is read can be written again.
    @Test func damaged() throws {
        var random = SystemRandomNumberGenerator()
        for request in Self.requests {
            let bytes = try message(request.encoded(), .request)
            for _ in 0..<2000 {
                var damaged = bytes
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    damaged[Int.random(in: damaged.indices, using: &random)] = .random(in: 0...255, using: &random)
                }
                guard let read = try? Request(message: damaged) else { continue }
                #expect(try Request(message: Array(read.encoded().dropFirst(Frame.headSize))) == read)
            }
        }
    }
}

/// The bytes of a capture file.
@Suite struct PcapngTests {
    @Test func header() {
        let bytes = PcapngWriter(length: 96).header(application: "apus", ports: [("web", "v1")])
        #expect(
            bytes == [
                0x0a, 0x0d, 0x0d, 0x0a, 40, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0,  // section header: kind, size, byte order, version 1.0
                255, 255, 255, 255, 255, 255, 255, 255,  // its length is not known
                4, 0, 4, 0, 0x61, 0x70, 0x75, 0x73, 0, 0, 0, 0, 40, 0, 0, 0,  // application, end, size
                1, 0, 0, 0, 48, 0, 0, 0, 1, 0, 0, 0, 96, 0, 0, 0,  // interface description: Ethernet, 96 bytes of each
                2, 0, 3, 0, 0x77, 0x65, 0x62, 0, 3, 0, 2, 0, 0x76, 0x31, 0, 0,  // name, description
                9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0, 48, 0, 0, 0,  // nanoseconds, end, size
            ])
    }

    @Test func frame() {
        let bytes = PcapngWriter(length: 5).frame([1, 2, 3, 4, 5, 6][...], whole: 9, time: 0x1_0000_0002, port: 3, .outgoing)
        #expect(
            bytes == [
                6, 0, 0, 0, 52, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0,  // enhanced packet: port 3, time
                5, 0, 0, 0, 9, 0, 0, 0, 1, 2, 3, 4, 5, 0, 0, 0,  // kept, whole, padded bytes
                2, 0, 4, 0, 2, 0, 0, 0, 0, 0, 0, 0, 52, 0, 0, 0,  // outgoing, end, size
            ])
    }
}
