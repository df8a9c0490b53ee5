import CommandLine
import Glibc
import LinuxSystem

/// The question before a `prune`.
enum Confirmation {
    static let force = Flag.bool("force", short: "f", help: "Do not prompt for confirmation")

    /// Asks whether to go on, unless `-f` says so.
    ///
    /// - Throws: `ApusError` where nobody can answer.
    static func ask(_ warning: String, _ parsed: ParsedCommand) throws(ApusError) -> Bool {
        if parsed[force] { return true }
        guard isatty(0) == 1 else {
            throw ApusError(.invalidArgument, "cannot ask whether to go on: stdin is no terminal", hint: "give -f to go on without a question")
        }
        try writeAll(1, Array("WARNING! \(warning)\nAre you sure you want to continue? [y/N] ".utf8), name: "stdout")
        return ["y", "yes"].contains((readLine() ?? "").lowercased())
    }

    /// What a prune removed, as Docker prints it.
    static func report(_ title: String, _ lines: [String]) {
        if !lines.isEmpty { output("\(title):\n\(lines.joined(separator: "\n"))\n\n") }
    }

    /// The last line.
    static func total(_ bytes: Int) { output("Total reclaimed space: \(humanSize(Double(bytes)))") }
}
