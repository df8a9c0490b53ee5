import CommandLine
import Engine

/// The flags of commands that list things.
enum OutputFlags {
    static let format = Flag.string(
        "format", help: "Format output using a custom template: 'table', 'table TEMPLATE', 'json' or 'TEMPLATE' (Go templates)")
    static let quiet = Flag.bool("quiet", short: "q", help: "Only display IDs")
    static let noTrunc = Flag.bool("no-trunc", help: "Don't truncate output")
    static let filter = Flag.values("filter", short: "f", value: "filter", help: "Filter output based on conditions provided", parse: condition)

    @Sendable static func condition(_ text: String) throws(InvalidValue) -> FilterCondition {
        guard let sign = text.firstIndex(of: "="), sign != text.startIndex else { throw InvalidValue("bad format of filter (expected name=value)") }
        return FilterCondition(text[..<sign].lowercased(), String(text[text.index(after: sign)...]))
    }
}
