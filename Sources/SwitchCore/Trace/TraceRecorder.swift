/// What happened to a packet, step by step.
public enum TraceStep {
    /// It came into a bridge by a port.
    case bridge(String, String)
    /// A table's best rule, or that there is none.
    case table(UInt8, Rule?)
    /// An action of the rule is carried out.
    case action(String)
    /// What that led to.
    case note(String)
    /// It, or one copy of it, ends here.
    case drop(DropReason, String)
}

/// Collects the steps, with how deep in tables and bridges they are.
final class TraceRecorder {
    private(set) var steps: [(depth: Int, step: TraceStep)] = []

    func add(_ depth: Int, _ step: TraceStep) {
        if steps.count < 20_000 { steps.append((depth, step)) }
    }
}
