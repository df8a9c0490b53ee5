/// Random numbers that come again with the same seed (SplitMix64).
public struct RandomSource: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// The same seed, the same numbers.
    public init(seed: UInt64) { state = seed }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }

    /// 0 to `limit` - 1.
    public mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }

    /// True once in `times`.
    public mutating func once(in times: Int) -> Bool { below(times) == 0 }

    /// One of them.
    public mutating func pick<Element>(_ choices: [Element]) -> Element { choices[below(choices.count)] }
}
