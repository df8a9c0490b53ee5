import Cgroups
import ContainerRuntime
import JSONCoding
public import LinuxSystem
import OCISpec
import SeededRandom

/// Damaged configurations through everything that is done with one before the first system call: reading, checking, compiling, printing.
///
/// An input is a function of seed and number, so that any can be made again. Traps and hangs are for whoever runs this to see; the rest of
/// what is wrong is thrown.
public struct ConfigFuzzer {
    /// How far the inputs came.
    public struct Depth: Sendable {
        /// How many there were.
        public var inputs = 0
        /// How many had the right shape.
        public var read = 0
        /// How many had the right content.
        public var valid = 0
        /// How many became a plan.
        public var compiled = 0
        /// How many seccomp profiles became a filter.
        public var filters = 0
    }

    /// How far the inputs came.
    public private(set) var depth = Depth()
    private let seed: UInt64
    private let configs: [FuzzText]

    /// Starts from the configurations of `ConfigSeeds`.
    public init(seed: UInt64) throws(ApusError) {
        self.seed = seed
        configs = try ConfigSeeds.all().map { FuzzText($0) }
    }

    /// Input `number`.
    public func input(_ number: UInt64) -> [UInt8] {
        var random = SeededRandom(seed: seed &+ number &* 0x2545_f491_4f6c_dd1d)
        guard var text = configs.randomElement(using: &random) else { return [] }
        let tokens = Int.random(in: 0..<5, using: &random)
        for _ in 0..<tokens { text.mutate(&random) }
        var bytes = text.bytes
        // A tenth is damaged as bytes too.
        guard tokens == 0 || Int.random(in: 0..<10, using: &random) == 0, !bytes.isEmpty else { return bytes }
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
        case 1: bytes.insert(UInt8.random(in: 0...255, using: &random), at: Int.random(in: 0..<bytes.count, using: &random))
        default:
            for _ in 0...Int.random(in: 0..<4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
        }
        return bytes
    }

    /// Runs input `number`.
    ///
    /// - Throws: `ApusError` when something is wrong with the code.
    public mutating func run(_ number: UInt64) throws(ApusError) {
        depth.inputs += 1
        let bytes = input(number)
        let spec: Spec
        do {
            spec = try SpecFile.decode(bytes, name: "config.json")
        } catch {
            try requireOneLine(error.description)
            if number % 8 == 0, (try? readJSON(Spec.self, from: bytes, name: "config.json")) != nil { throw wrong("only one reader takes it") }
            return
        }
        depth.read += 1
        if number % 8 == 0 { try compareReaders(spec, bytes) }
        let problems = spec.validate()
        for problem in problems { try requireOneLine(problem) }
        if problems.isEmpty { depth.valid += 1 }
        try compile(spec)
        // The compiler of filters is slower than all else together.
        if number % 16 < 2, let profile = spec.linux?.seccomp { try filter(profile) }
        if let resources = spec.linux?.resources { try limit(resources) }
    }

    private func compareReaders(_ spec: Spec, _ bytes: [UInt8]) throws(ApusError) {
        if try readJSON(Spec.self, from: bytes, name: "config.json") != spec { throw wrong("the readers differ") }
        if try SpecFile.decode(writeJSON(spec, indent: "\t"), name: "written") != spec { throw wrong("what is written is read as something else") }
    }

    private mutating func compile(_ spec: Spec) throws(ApusError) {
        var context = PlanContext()
        context.cgroup = .join(unified: true, tasks: ["memory", "cpu"])
        context.isEnabled = { _ in true }
        context.runtime = PlanContext.Runtime()
        do { _ = try PlanCompiler.exec(spec, joining: [.mount, .pid], context) } catch { try requireOneLine(error.description) }
        let plan: LaunchPlan
        do {
            plan = try PlanCompiler.start(spec, context)
        } catch {
            return try requireOneLine(error.description)
        }
        depth.compiled += 1
        if plan.encodedSize < 100 { throw wrong("the plan has \(plan.encodedSize) bytes") }
        if plan.text().isEmpty { throw wrong("the plan has no text") }
    }

    private mutating func filter(_ profile: LinuxSeccomp) throws(ApusError) {
        let program: SeccompProgram
        do {
            program = try SeccompProgram(building: profile)
        } catch {
            return try requireOneLine(error.description)
        }
        depth.filters += 1
        if program.count == 0 || program.count > 4096 { throw wrong("the filter has \(program.count) instructions") }
        let again = try? SeccompProgram(building: profile)
        if again?.instructions != program.instructions { throw wrong("one profile makes two filters") }
    }

    private func limit(_ resources: LinuxResources) throws(ApusError) {
        for problem in resources.validate() { try requireOneLine(problem) }
        for unified in [true, false] {
            for isLive in [true, false] {
                do {
                    _ = try compiledLimits(DefaultDevices.allowed(in: resources) ?? resources, unified: unified, isLive: isLive)
                } catch {
                    try requireOneLine(error.description)
                }
            }
        }
    }

    private func requireOneLine(_ sentence: String) throws(ApusError) {
        if sentence.isEmpty || sentence.utf8.contains(where: { $0 == 10 || $0 == 0 }) { throw wrong("a sentence is not one line: \(sentence)") }
        if sentence.utf8.count > 20_000 { throw wrong("a sentence has \(sentence.utf8.count) bytes: \(sentence.prefix(200))") }
    }

    private func wrong(_ what: String) -> ApusError { ApusError(.malformed, what) }
}
