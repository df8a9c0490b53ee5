import LinuxSystem
import SwitchCore

/// What the daemon does by the clock.
///
/// A change of rules, ports or MAC addresses is followed at once where the last one was long ago. Under many changes, or with many flows to look at,
/// half of the time stays for packets that came up and for requests.
final class Maintenance {
    private let vswitch: Switch
    private var nextRevalidation: UInt64 = 0
    private var nextRound: UInt64 = 0

    /// Nanoseconds between two looks at the counters.
    static let period: UInt64 = 1_000_000_000
    /// Flows that are translated again before packets have their turn: some hundredths of a second.
    static let slice = 4000

    init(_ vswitch: Switch) { self.vswitch = vswitch }

    /// When something is due next.
    var deadline: UInt64 { vswitch.mustRevalidate ? min(nextRevalidation, nextRound) : nextRound }

    /// Does what is due.
    func tick() throws(ApusError) {
        let now = monotonicNanoseconds()
        if vswitch.mustRevalidate && now >= nextRevalidation {
            try vswitch.revalidate(limit: Self.slice)
            let end = monotonicNanoseconds()
            nextRevalidation = end + (end - now)
        }
        if now >= nextRound {
            try vswitch.creditFlows()
            vswitch.ageAddresses(now: now)
            try vswitch.expireRules(now: now)
            try vswitch.revalidate(limit: Self.slice)
            let end = monotonicNanoseconds()
            nextRound = end + max(Self.period, 9 * (end - now))
        }
    }
}

extension Switch {
    /// Forgets MAC addresses that were silent for long.
    func ageAddresses(now: UInt64) {
        for bridge in network.bridges.values { bridge.addresses.expire(now: now) }
    }
}
