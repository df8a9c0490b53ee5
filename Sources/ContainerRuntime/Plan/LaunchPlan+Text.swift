extension LaunchPlan {
    /// The plan as a readable list: each step with the field of the specification that it comes from, and what it took if that is known.
    ///
    /// - Parameter timings: nanoseconds in the order of `steps`.
    public func text(timings: [UInt64] = []) -> String {
        var lines: [String] = []
        var index = 0
        let made = namespaces.names
        let width = steps.map(\.action.sentence.count).max() ?? 0
        func section(_ title: String, _ steps: [PlanStep]) {
            if steps.isEmpty { return }
            lines.append(title)
            for step in steps {
                let sentence = step.action.sentence
                let padding = String(repeating: " ", count: min(width, 70) > sentence.count ? min(width, 70) - sentence.count : 0)
                let time = index < timings.count && timings[index] > 0 ? microseconds(timings[index]) + "  " : timings.isEmpty ? "" : "            "
                lines.append("  \(time)\(sentence)\(padding)  # \(step.field)")
                index += 1
            }
        }
        section("before the clone:", outer)
        if !inherited.isEmpty { lines.append("inherit from the monitor namespaces \(inherited.names.joined(separator: ", "))") }
        lines.append(
            "clone with new namespaces \(made.isEmpty ? "none" : made.joined(separator: ", "))" + (descriptors.contains(.cgroup) ? ", into the cgroup" : ""))
        section("build the container:", inner)
        section("become the program:", final)
        lines.append("program: \(arguments.joined(separator: " "))")
        section("when it has ended:", after)
        if !timings.isEmpty { lines.append("total of the timed steps: \(microseconds(timings.reduce(0, +)))") }
        return lines.joined(separator: "\n")
    }
}

private func microseconds(_ nanoseconds: UInt64) -> String {
    let tenths = (nanoseconds + 50) / 100
    let text = "\(tenths / 10).\(tenths % 10) us"
    return String(repeating: " ", count: max(0, 10 - text.count)) + text
}
