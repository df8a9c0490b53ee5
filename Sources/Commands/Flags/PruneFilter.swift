import CommandLine
import Engine
import LinuxSystem

/// The conditions of `prune --filter`: all must hold.
struct PruneFilter {
    static let flag = Flag.values("filter", value: "filter", help: "Provide filter values (e.g. \"until=<timestamp>\")", parse: OutputFlags.condition)

    private var until: Timestamp?
    private var labels: [(name: String, value: String?, isWanted: Bool)] = []

    /// Reads the conditions.
    ///
    /// - Parameter hasUntil: whether what is pruned has a time to compare with.
    init(_ conditions: [FilterCondition], hasUntil: Bool = true) throws(ApusError) {
        for one in conditions {
            switch one.key {
            case "until" where hasUntil:
                if until != nil { throw ApusError(.invalidArgument, "more than one until filter specified") }
                do throws(InvalidValue) { until = try Moment.parse(one.value) } catch {
                    throw ApusError(.invalidArgument, "invalid filter 'until=\(one.value)': \(error)")
                }
            case "label", "label!":
                let sign = one.value.firstIndex(of: "=")
                let value = sign.map { String(one.value[one.value.index(after: $0)...]) }
                labels.append((String(one.value[..<(sign ?? one.value.endIndex)]), value, one.key == "label"))
            default:
                throw ApusError(.invalidArgument, "invalid filter '\(one.key)'", hint: "known are label, label!\(hasUntil ? " and until" : "")")
            }
        }
    }

    /// Whether something of this age with these labels is meant.
    func matches(created: Timestamp?, labels own: [String: String]) -> Bool {
        if let until, let created, created >= until { return false }
        return labels.allSatisfy { label in
            let holds = own[label.name].map { label.value == nil || $0 == label.value } ?? false
            return holds == label.isWanted
        }
    }
}
