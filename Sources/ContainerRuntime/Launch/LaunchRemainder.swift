import LinuxSystem

/// What the process of a created container does after `start`: enough of its plan for the sentence of a step that fails then.
struct LaunchRemainder: Sendable, Equatable {
    /// The index of the first step in the plan.
    var first: Int
    /// Each step's sentence and field.
    var steps: [String]
    /// The program.
    var program: String

    init(first: Int, steps: [String], program: String) {
        self.first = first
        self.steps = steps
        self.program = program
    }

    /// The steps behind `waitStart`; nil for a plan that does not wait.
    init?(of plan: LaunchPlan) {
        let steps = plan.outer + plan.inner + plan.final
        guard let wait = steps.firstIndex(where: { if case .waitStart = $0.action { true } else { false } }) else { return nil }
        first = wait + 1
        self.steps = steps[first...].map { "\($0.action.sentence) (\($0.field))" }
        program = plan.arguments.first ?? ""
    }

    /// The sentence for a step that failed.
    func failure(step: Int, errno: Int32) -> ApusError {
        let index = step - first
        // The exec is the last, and `create` has found the program.
        if index == steps.count - 1 && errno == 2 { return LaunchPlan.interpreterFailure(program) }
        if index == steps.count - 1 { return LaunchPlan.execFailure(program, errno) }
        let sentence = steps.indices.contains(index) ? steps[index] : "start the program"
        return ApusError(errno: errno, "cannot \(sentence)")
    }
}
