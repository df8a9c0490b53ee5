/// Everything that starting one process in a container takes, decided: a flat list that C obeys after the clone.
///
/// A plan is pure data. `PlanCompiler` makes it from an OCI `Spec`, `PlanEncoder` turns it into the block that the monitor maps, and
/// `text` is what `apus run --explain` prints.
public struct LaunchPlan: Sendable, Equatable {
    /// Switches of the whole start (enum apus_plan_flags).
    public struct Flags: OptionSet, Sendable {
        /// The interpreter's bits.
        public let rawValue: UInt32
        /// Takes the interpreter's bits.
        public init(rawValue: UInt32) { self.rawValue = rawValue }
        /// Stdio is one pseudo-terminal.
        public static let terminal = Flags(rawValue: 1)
        /// Stdin comes from clients, else it is /dev/null.
        public static let openStdin = Flags(rawValue: 2)
        /// Each step's duration is written into the block.
        public static let timing = Flags(rawValue: 4)
        /// Process 1 is Apus's init, the program its child.
        public static let initProcess = Flags(rawValue: 8)
        /// The outer steps need a process of their own.
        public static let intermediate = Flags(rawValue: 16)
        /// Stdin ends when the first client's does.
        public static let stdinOnce = Flags(rawValue: 32)
        /// The container is the caller's child and has its stdio; no monitor stays.
        public static let runtime = Flags(rawValue: 64)
    }

    /// A descriptor that travels with the plan; its place in `descriptors` is the slot that steps name.
    public enum Descriptor: Sendable, Equatable {
        /// Opened by the caller and kept by the monitor: its lock or directories.
        case kept(Kept)
        /// The detached mount of the root filesystem.
        case root
        /// The v2 cgroup's directory.
        case cgroup
        /// The n-th v1 cgroup's `tasks` file.
        case tasks(Int)
        /// A namespace file.
        case namespace(path: String)
        /// The pidfd of the container to join.
        case container
        /// A detached copy of a tree of the host.
        case bind(BindMount)
        /// The listening socket at which the process waits for `start`.
        case startSocket
        /// A descriptor of the caller that the program keeps.
        case preserved(Int32)
        /// A user namespace for an id-mapped mount of a file system.
        case userNamespace(MountIDMap)
    }

    /// What the monitor keeps open for its whole life.
    public enum Kept: Hashable, Sendable {
        /// The container's lock: held means running.
        case lock
        /// The container's directory below the root, where the log and the exit record go.
        case containerDirectory
        /// The container's directory below /run.
        case runDirectory
        /// A socket of nfnetlink in the host's network, to take back published ports.
        case netfilter
        /// The socket that keeps the n-th published port of the host from others.
        case reservation(Int)
    }

    /// Switches of the whole start.
    public var flags: Flags = []
    /// Namespaces that the clone makes.
    public var namespaces: NamespaceKinds = []
    /// Namespaces that the monitor has made before the plan came; the container inherits them.
    public var inherited: NamespaceKinds = []
    /// What is opened before and sent along, kept ones first.
    public var descriptors: [Descriptor] = []
    /// Steps before the clone.
    public var outer: [PlanStep] = []
    /// Steps that build the container's world.
    public var inner: [PlanStep] = []
    /// Steps that turn the process into the program.
    public var final: [PlanStep] = []
    /// Steps of the monitor when the container has ended.
    public var after: [PlanStep] = []
    /// The program's arguments.
    public var arguments: [String] = []
    /// The program's environment, `NAME=value`.
    public var environment: [String] = []
    /// Text for /proc/PID/uid_map.
    public var uidMap: String?
    /// Text for /proc/PID/gid_map.
    public var gidMap: String?
    /// The terminal's first size, rows and columns.
    public var terminalSize: (rows: UInt16, columns: UInt16)?
    /// What was left out because it means nothing here, as sentences for the user.
    public var warnings: [String] = []

    /// An empty plan.
    public init() {}

    /// All steps in the order of the block.
    public var steps: [PlanStep] { outer + inner + final + after }

    /// The slot of a descriptor, added if it is new.
    mutating func slot(_ descriptor: Descriptor) -> Int {
        if let index = descriptors.firstIndex(of: descriptor) { return index }
        descriptors.append(descriptor)
        return descriptors.count - 1
    }

    /// Equal in all that is obeyed.
    public static func == (left: LaunchPlan, right: LaunchPlan) -> Bool {
        left.flags == right.flags && left.namespaces == right.namespaces && left.inherited == right.inherited && left.descriptors == right.descriptors
            && left.outer == right.outer
            && left.inner == right.inner && left.final == right.final && left.after == right.after && left.arguments == right.arguments
            && left.environment == right.environment && left.uidMap == right.uidMap && left.gidMap == right.gidMap
            && left.terminalSize?.rows == right.terminalSize?.rows && left.terminalSize?.columns == right.terminalSize?.columns
    }
}
