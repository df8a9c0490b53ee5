import CommandLine
import Glibc
import ImageStore
import LinuxSystem
import Synchronization

/// How far a load or the like is: in one line of the terminal that is written over and goes in the end, or in plain lines now and then
/// where stderr is none.
final class LoadProgressLine: Sendable {
    /// What is being done.
    private let verb: String
    private let isTerminal = isatty(2) == 1
    private let start = monotonicNanoseconds()
    /// When the last plain line was written.
    private let last: Mutex<UInt64>

    /// Nanoseconds between plain lines: what is done sooner needs none.
    private static let pause: UInt64 = 10_000_000_000

    private init(_ verb: String) {
        self.verb = verb
        last = Mutex(start)
    }

    /// Runs what may take long and may be interrupted, and tells of it unless the user wants it quiet.
    static func run<Result>(
        _ verb: String, isQuiet: Bool, _ cancellation: Cancellation,
        _ body: (@escaping @Sendable (LoadProgress) -> Void) throws(ApusError) -> Result
    ) throws -> Result {
        let interruption = try Interruption(cancellation.cancel)
        return try interruption.run { () throws(ApusError) in
            if isQuiet { return try body { _ in } }
            let line = LoadProgressLine(verb)
            defer { if line.isTerminal { put("\r\u{1B}[K") } }
            return try body { line.show($0) }
        }
    }

    private func show(_ progress: LoadProgress) {
        let now = monotonicNanoseconds()
        let text = Self.text(verb, progress, seconds: Double(now - start) / 1e9)
        if isTerminal { return Self.put("\r\(text)\u{1B}[K") }
        let isDue = last.withLock { last in
            guard now - last >= Self.pause else { return false }
            last = now
            return true
        }
        if isDue { notice(Self.text(verb, progress, seconds: Double(now - start) / 1e9, barWidth: 0)) }
    }

    /// `Loading [=====>    ] 12.6MB of 45MB, 120MB/s, 1 s left`; without a bar where the length of the archive is not known or no bar is wanted.
    static func text(_ verb: String, _ progress: LoadProgress, seconds: Double, barWidth: Int = 30) -> String {
        let done = humanSize(Double(progress.done), precision: 3)
        let rate = seconds > 0 ? Double(progress.done) / seconds : 0
        let speed = rate > 0 ? ", \(humanSize(rate, precision: 3))/s" : ""
        guard let total = progress.total, total > 0 else { return "\(verb) \(done)\(speed)" }
        let filled = min(barWidth, barWidth * progress.done / total)
        let bar = String(repeating: "=", count: filled) + (filled < barWidth ? ">" : "")
        let left = rate > 0 ? ", \(Int((Double(max(0, total - progress.done)) / rate).rounded(.up))) s left" : ""
        let drawing = barWidth > 0 ? "[\(bar)\(String(repeating: " ", count: barWidth - bar.count))] " : ""
        return "\(verb) \(drawing)\(done) of \(humanSize(Double(total), precision: 3))\(speed)\(left)"
    }

    private static func put(_ text: String) { try? writeAll(2, Array(text.utf8), name: "stderr") }
}
