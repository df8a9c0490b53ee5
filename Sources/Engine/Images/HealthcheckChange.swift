import LinuxSystem
import OCISpec

/// The argument of a HEALTHCHECK instruction: `NONE`, or options and `CMD` with a command.
struct HealthcheckChange {
    let healthcheck: ExecutionParameters.Healthcheck

    init(_ argument: String) throws(ApusError) {
        var check = ExecutionParameters.Healthcheck()
        var rest = argument
        while rest.hasPrefix("--") {
            let option = rest.prefix { !$0.isWhitespace }
            rest = rest.dropFirst(option.count).trimmed
            let parts = option.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count == 2 ? String(parts[1]) : ""
            switch parts[0] {
            case "interval": check.interval = try Self.nanoseconds(value, option)
            case "timeout": check.timeout = try Self.nanoseconds(value, option)
            case "start-period": check.startPeriod = try Self.nanoseconds(value, option)
            case "start-interval": check.startInterval = try Self.nanoseconds(value, option)
            case "retries":
                guard let count = Int(value), count >= 0 else { throw ApusError(.invalidArgument, "\(option) is no number of retries") }
                check.retries = count
            default: throw ApusError(.invalidArgument, "unknown flag: \(option)")
            }
        }
        let kind = rest.prefix { !$0.isWhitespace }
        let command = rest.dropFirst(kind.count).trimmed
        switch kind.uppercased() {
        case "NONE" where command.isEmpty && check == ExecutionParameters.Healthcheck(): check.test = ["NONE"]
        case "NONE": throw ApusError(.invalidArgument, "NONE takes no arguments")
        case "CMD" where command.isEmpty: throw ApusError(.invalidArgument, "missing command after CMD")
        case "CMD": check.test = jsonStrings(command).map { ["CMD"] + $0 } ?? ["CMD-SHELL", command]
        default: throw ApusError(.invalidArgument, "unknown type \"\(kind)\": it is CMD or NONE")
        }
        healthcheck = check
    }

    /// A span in Go's form: `1m30s`, `500ms`.
    private static func nanoseconds(_ text: String, _ option: Substring) throws(ApusError) -> Int {
        let units: [(String, Double)] = [("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9)]
        var rest = text[...]
        var sum = 0.0
        let invalid = ApusError(.invalidArgument, "\(option) is no time span", hint: "write it as 1m30s or 500ms")
        while !rest.isEmpty {
            let number = rest.prefix { $0.isNumber || $0 == "." }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let value = Double(number), let factor = units.first(where: { $0.0 == unit })?.1 else { throw invalid }
            sum += value * factor
        }
        guard !text.isEmpty, sum < 9e18, sum == 0 || sum >= 1e6 else { throw invalid }
        return Int(sum)
    }
}
