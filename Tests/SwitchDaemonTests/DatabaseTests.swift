import Glibc
import LinuxSystem
import SwitchControl
import Testing

@testable import SwitchDaemon

/// A directory that goes with the test.
final class Scratch {
    let path: String

    init() throws {
        var template = Array("/tmp/apus-switchd-XXXXXX".utf8CString)
        path = try unsafe String(cString: #require(unsafe mkdtemp(&template)))
    }

    deinit { try? removeTree(path) }
}

/// The configuration on disk.
@Suite struct DatabaseTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private var path: String { "\(scratch.path)/switch.db" }

    static let bridge: BridgeSettings = {
        var bridge = BridgeSettings(name: "b", network: "n")
        (bridge.macAgeing, bridge.macLimit, bridge.isSecure) = (7, 9, true)
        return bridge
    }()

    static let port: PortSettings = {
        var port = PortSettings(bridge: "b", interface: "v1", kind: .tap)
        (port.name, port.number, port.vlanMode, port.tag, port.trunks) = ("web", 7, .nativeTagged, 10, [20, 4094])
        (port.mac, port.addresses) = ([2, 0, 0, 0, 0, 1], [[10, 0, 0, 2], [UInt8](repeating: 0xab, count: 16)])
        (port.guardsSource, port.trustsServers, port.isIsolated, port.rate, port.burst) = (true, false, true, 1 << 40, 5)
        (port.macLimit, port.stormLimit, port.peer, port.hostAddresses) = (3, 4, "p", ["10.0.0.1/8", "fd00::1/64"])
        port.owner = PortOwner(id: "abc", name: "web", aliases: ["www", "w"])
        return port
    }()

    @Test func whatIsPutIsThere() throws {
        var mirror = MirrorSettings()
        (mirror.bridge, mirror.name, mirror.sources, mirror.destinations) = ("b", "m", ["web"], ["web", "db"])
        (mirror.vlans, mirror.output) = ([1, 2], "probe")
        let meter = MeterSettings(bridge: "b", id: 3, rate: 1000, burst: 50)
        let entry = MACEntry(bridge: "b", vlan: 4, mac: [2, 0, 0, 0, 0, 9], port: "web")
        let rule = StoredRule(bridge: "b", table: 1, priority: 5, match: "ip", rule: "table=1,priority=5,ip,actions=drop", made: 12)
        do {
            let database = try SwitchDatabase(path, boot: "one")
            try database.transaction(isSynced: true) { () throws(ApusError) in
                try database.put(Self.bridge)
                try database.put(Self.port)
                try database.put(mirror)
                try database.put(meter)
                try database.put(entry)
                try database.put(rule)
            }
        }
        let database = try SwitchDatabase(path, boot: "two")
        #expect(try database.bridges() == [Self.bridge])
        #expect(try database.ports() == [Self.port])
        #expect(try database.mirrors(of: "b") == [mirror])
        #expect(try database.meters(of: "b") == [meter])
        #expect(try database.staticMACs(of: "b") == [entry])
        var rules: [StoredRule] = []
        try database.forEachRule(of: "b") { rules.append($0) }
        #expect(rules == [rule])
    }

    @Test func replacingABridgeKeepsItsPorts() throws {
        let database = try SwitchDatabase(path, boot: "one")
        try database.put(Self.bridge)
        try database.put(Self.port)
        var changed = Self.bridge
        changed.macAgeing = 1
        try database.put(changed)
        #expect(try database.bridges() == [changed])
        #expect(try database.ports() == [Self.port])
    }

    @Test func removingABridgeRemovesAllOfIt() throws {
        let database = try SwitchDatabase(path, boot: "one")
        try database.put(Self.bridge)
        try database.put(Self.port)
        try database.put(MACEntry(bridge: "b", vlan: 0, mac: [2, 0, 0, 0, 0, 9], port: "web"))
        try database.removeBridge("b")
        #expect(try database.ports() == [])
        #expect(try database.staticMACs(of: "b") == [])
    }

    @Test func whatIsEphemeralGoesWithTheBoot() throws {
        var port = Self.port
        port.isEphemeral = true
        do {
            let database = try SwitchDatabase(path, boot: "one")
            try database.put(Self.bridge)
            try database.put(BridgeSettings(name: "e", isEphemeral: true))
            try database.put(port)
        }
        #expect(try SwitchDatabase(path, boot: "one").ports() == [port])
        let later = try SwitchDatabase(path, boot: "two")
        #expect(try later.ports() == [])
        #expect(try later.bridges() == [Self.bridge])
    }

    @Test func aFailedTransactionLeavesNothing() throws {
        let database = try SwitchDatabase(path, boot: "one")
        #expect(throws: ApusError(.conflict, "no")) {
            try database.transaction(isSynced: false) { () throws(ApusError) in
                try database.put(Self.bridge)
                throw ApusError(.conflict, "no")
            }
        }
        #expect(try database.bridges() == [])
        // A port of a bridge that is not there.
        #expect(throws: ApusError.self) { try database.put(Self.port) }
    }

    @Test func whatIsNoDatabaseIsRefused() throws {
        try replaceFile(path, with: Array(repeating: 65, count: 8192))
        let error = #expect(throws: ApusError.self) { try SwitchDatabase(path, boot: "one") }
        #expect(error?.code == .malformed && error?.hint != nil)
    }

    @Test func aNewerOneIsRefused() throws {
        do { try SwitchDatabase(path, boot: "one").sqlite.run("PRAGMA user_version = 99") }
        let error = #expect(throws: ApusError.self) { try SwitchDatabase(path, boot: "one") }
        #expect(error?.code == .notSupported)
    }

    /// Adding a container's port must not wait for a disk.
    @Test func anEphemeralPortIsPutQuickly() throws {
        let database = try SwitchDatabase(path, boot: "one")
        try database.put(Self.bridge)
        var port = Self.port
        port.isEphemeral = true
        let start = monotonicNanoseconds()
        for number in 1...200 as ClosedRange<UInt32> {
            (port.number, port.name) = (number, "p\(number)")
            try database.transaction(isSynced: false) { [port] () throws(ApusError) in try database.put(port) }
        }
        let each = Double(monotonicNanoseconds() - start) / 200 / 1000
        #expect(each < 2000, "\(each) microseconds each")
    }
}
