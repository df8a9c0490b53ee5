public import LinuxSystem
public import OCISpec

/// `process.ioPriority` as the kernel takes it (ioprio_set(2)).
public struct IOPriority: Equatable, Sendable {
    /// Class and level, for people.
    public let text: String
    /// The class in the upper three bits of sixteen, the level below.
    public let value: UInt16

    private static let classes = ["IOPRIO_CLASS_RT": UInt16(1), "IOPRIO_CLASS_BE": 2, "IOPRIO_CLASS_IDLE": 3]

    /// Translates the name of config.json.
    ///
    /// - Throws: `ApusError` naming what is wrong.
    public init(_ priority: LinuxIOPriority) throws(ApusError) {
        guard let kind = Self.classes[priority.class] else {
            throw ApusError(.invalidArgument, "process.ioPriority.class: no such class: \"\(priority.class)\"")
        }
        guard (0...7).contains(priority.priority) else {
            throw ApusError(.invalidArgument, "process.ioPriority.priority must be from 0 to 7, got \(priority.priority)")
        }
        value = kind << 13 | UInt16(priority.priority)
        text = "\(priority.class) \(priority.priority)"
    }
}
