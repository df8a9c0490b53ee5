import LinuxSystem
import SwitchCore

/// What the daemon does by the clock.
///
/// A change of rules, ports or MAC addresses is followed at once where the last one was long ago, so a single change costs a hundredth of a second at most; under
/// many changes each round is followed by nine times as long a rest, so that packets that came up are served meanwhile.
final class Maintenance {
    private let vswitch: Switch
    private var nextRevalidation: UInt64 = 0
    private var nextRound: UInt64 = 0

    /// Nanoseconds between two looks at the counters.
    static let period: UInt64 = 1_000_000_000

    init(_ vswitch: Switch) { self.vswitch = vswitch }

    /// When something is due next.
    var deadline: UInt64 { vswitch.mustRevalidate ? min(nextRevalidation, nextRound) : nextRound }

    /// Does what is due.
    func tick() throws(ApusError) {
        let now = monotonicNanoseconds()
        if vswitch.mustRevalidate && now >= nextRevalidation {
            try vswitch.revalidate()
            let end = monotonicNanoseconds()
            nextRevalidation = end + 9 * (end - now)
        }
        if now >= nextRound {
            try vswitch.creditFlows()
            vswitch.ageAddresses(now: now)
            try vswitch.expireRules(now: now)
            try vswitch.revalidate()
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
