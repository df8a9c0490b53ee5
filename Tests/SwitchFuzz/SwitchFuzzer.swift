public import LinuxSystem

/// Random and damaged frames through random switches: parse, translate, cache, apply.
///
/// Each frame goes through a datapath with megaflows, is compared with a fresh translation of the same packet, and may leave only by ports that a search through
/// all rules allows. Between frames the switch changes. Input N is frame N; frames come in scenes of `sceneLength`, so that any can be made again.
public struct SwitchFuzzer {
    /// How far the inputs came.
    public struct Depth: Sendable {
        /// How many there were.
        public var inputs = 0
        /// How many came up to the slow path.
        public var misses = 0
        /// How many copies left.
        public var sent = 0
        /// How many flows were changed or removed by revalidation.
        public var changes = 0
    }

    /// Frames that one switch sees.
    public static let sceneLength: UInt64 = 500

    /// How far the inputs came.
    public private(set) var depth = Depth()
    private let seed: UInt64
    private var scene: SwitchScene?
    private var next: UInt64 = 0

    /// Starts with the scenes of a seed.
    public init(seed: UInt64) { self.seed = seed }

    /// Runs frame `number`, and those of its scene before it.
    ///
    /// - Throws: `ApusError` when something is wrong with the code.
    public mutating func run(_ number: UInt64) throws(ApusError) {
        let begin = number / SwitchFuzzer.sceneLength * SwitchFuzzer.sceneLength
        if scene == nil || number == begin || number != next {
            scene = try SwitchScene(seed: seed &+ begin &* 0x2545_f491_4f6c_dd1d)
            next = begin
        }
        while next <= number {
            try scene?.step(&depth)
            next += 1
        }
        depth.inputs += 1
    }

    /// What the switch did with the frame that failed, table by table.
    public var explanation: String { scene?.explanation ?? "" }
}
