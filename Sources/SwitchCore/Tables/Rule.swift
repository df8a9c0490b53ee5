/// A rule in force: what it says, and what it has carried.
///
/// Belongs to the tables of one bridge, and is used by that bridge's thread alone.
public final class Rule {
    /// Unique within the switch, never used again.
    public let id: UInt64
    /// Of its actions, cookie and flags the latest.
    public internal(set) var spec: RuleSpec
    /// The priority as a number that compares with -1, "no rule".
    let priority: Int
    /// Packets that it decided.
    public internal(set) var packets: UInt64 = 0
    /// Their lengths, Ethernet header included.
    public internal(set) var bytes: UInt64 = 0
    /// CLOCK_MONOTONIC in ns.
    public let created: UInt64
    /// When the actions were last replaced: CLOCK_MONOTONIC in ns.
    public internal(set) var modified: UInt64
    /// Of the last packet, or when it was made: CLOCK_MONOTONIC in ns.
    public internal(set) var used: UInt64
    /// Taken out; megaflows that rest on it are out of date.
    var isGone = false

    /// Makes a rule that no table holds yet.
    public init(id: UInt64, _ spec: RuleSpec, now: UInt64) {
        self.id = id
        self.spec = spec
        priority = Int(spec.priority)
        (created, modified, used) = (now, now, now)
    }

    func credit(_ packets: UInt64, _ bytes: UInt64, _ time: UInt64) {
        self.packets &+= packets
        self.bytes &+= bytes
        used = max(used, time)
    }

    /// Which of its times has run out.
    public func expiry(now: UInt64) -> RuleExpiry? {
        if spec.hardTimeout != 0, now >= modified &+ UInt64(spec.hardTimeout) * 1_000_000_000 { return .hard }
        if spec.idleTimeout != 0, now >= used &+ UInt64(spec.idleTimeout) * 1_000_000_000 { return .idle }
        return nil
    }

    /// As `ovs-ofctl dump-flows` prints it.
    public func statusText(now: UInt64, ports: PortNamer = { _ in nil }) -> String {
        let duration = (now - min(now, created)) / 1_000_000
        let fraction = duration % 1000
        let padded = String(repeating: "0", count: fraction < 10 ? 2 : fraction < 100 ? 1 : 0) + String(fraction)
        return
            "cookie=0x\(String(spec.cookie, radix: 16)), duration=\(duration / 1000).\(padded)s, table=\(spec.table), n_packets=\(packets), n_bytes=\(bytes), "
            + spec.body(ports)
    }
}

/// Why a rule went by itself.
public enum RuleExpiry: Sendable {
    case idle, hard
}
