import CommandLine
import Glibc
import ImageStore
import LinuxSystem
import OCISpec

/// How far a load is, in one line of the terminal that is written over and goes in the end.
enum LoadProgressLine {
    /// Whether there is a terminal to show it on.
    static var isWanted: Bool { isatty(2) == 1 }

    /// Shows the line.
    static func show(_ progress: LoadProgress) { put("\r\(text(progress))\u{1B}[K") }

    /// Takes the line away.
    static func clear() { put("\r\u{1B}[K") }

    /// `Loading layer f7426c5ac419: 12.6MB of 45MB`.
    static func text(_ progress: LoadProgress) -> String {
        let name = progress.layer.flatMap { Digest($0) }.map { " \($0.short)" } ?? ""
        let done = humanSize(Double(progress.done), precision: 3)
        return "Loading layer\(name): \(done)\(progress.total.map { " of \(humanSize(Double($0), precision: 3))" } ?? "")"
    }

    private static func put(_ text: String) { try? writeAll(2, Array(text.utf8), name: "stderr") }
}
