import CommandLine
import Glibc
import ImageStore
import LinuxSystem

/// How far a load is, in one line of the terminal that is written over and goes in the end.
struct LoadProgressLine: Sendable {
    /// Whether there is a terminal to show it on.
    static var isWanted: Bool { isatty(2) == 1 }

    /// What is being done.
    private let verb: String
    private let start = monotonicNanoseconds()

    /// Begins.
    init(_ verb: String) { self.verb = verb }

    /// Shows the line.
    func show(_ progress: LoadProgress) { Self.put("\r\(Self.text(verb, progress, seconds: Double(monotonicNanoseconds() - start) / 1e9))\u{1B}[K") }

    /// Takes the line away.
    func clear() { Self.put("\r\u{1B}[K") }

    /// `Loading [=====>    ] 12.6MB of 45MB, 120MB/s, 1 s left`; without a bar where the length of the archive is not known.
    static func text(_ verb: String, _ progress: LoadProgress, seconds: Double) -> String {
        let done = humanSize(Double(progress.done), precision: 3)
        let rate = seconds > 0 ? Double(progress.done) / seconds : 0
        let speed = rate > 0 ? ", \(humanSize(rate, precision: 3))/s" : ""
        guard let total = progress.total, total > 0 else { return "\(verb) \(done)\(speed)" }
        let filled = min(barWidth, barWidth * progress.done / total)
        let bar = String(repeating: "=", count: filled) + (filled < barWidth ? ">" : "")
        let left = rate > 0 ? ", \(Int((Double(total - progress.done) / rate).rounded(.up))) s left" : ""
        return "\(verb) [\(bar)\(String(repeating: " ", count: barWidth - bar.count))] \(done) of \(humanSize(Double(total), precision: 3))\(speed)\(left)"
    }

    private static let barWidth = 30

    private static func put(_ text: String) { try? writeAll(2, Array(text.utf8), name: "stderr") }
}
