/// A meter: tokens come at a rate, and each packet takes some.
public struct TokenBucket: Sendable {
    /// Tokens a second.
    public var rate: UInt64
    /// The most that wait.
    public var burst: UInt64
    /// In billionths of a token.
    private var level: UInt128
    private var filled: UInt64

    /// Full at first; a burst of 0 is a tenth of a second's.
    public init(rate: UInt64, burst: UInt64, now: UInt64) {
        self.rate = rate
        self.burst = burst == 0 ? max(rate / 10, 1) : burst
        level = UInt128(self.burst) * 1_000_000_000
        filled = now
    }

    /// Whether there are enough, which are then gone; `now` in ns.
    public mutating func take(_ tokens: UInt64, now: UInt64) -> Bool {
        if now > filled {
            level = min(level + UInt128(rate) * UInt128(now - filled), UInt128(burst) * 1_000_000_000)
            filled = now
        }
        let needed = UInt128(tokens) * 1_000_000_000
        guard level >= needed else { return false }
        level -= needed
        return true
    }
}
