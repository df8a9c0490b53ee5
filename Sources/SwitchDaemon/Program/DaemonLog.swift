import Glibc
import LinuxSystem

/// What the daemon tells the administrator, on stderr: one line a message.
///
/// Under systemd each line begins with its level, as the journal takes it (sd-daemon(3)); otherwise with the time. What a packet can cause may
/// come a million times a second: of each kind of message ten a minute are written, and then how many were left out.
final class DaemonLog {
    /// How much it matters, by syslog's numbers.
    enum Level: Int, Comparable, CaseIterable {
        case error = 3
        case warning = 4
        case info = 6
        case debug = 7

        static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }

        /// By its name.
        init?(name: String) {
            guard let level = Level.allCases.first(where: { "\($0)" == name }) else { return nil }
            self = level
        }
    }

    private struct Budget {
        var start: UInt64
        var written = 0
        var omitted = 0
    }

    private let level: Level
    private let isJournal: Bool
    private let write: (String) -> Void
    private var budgets: [String: Budget] = [:]
    static let perMinute = 10

    /// A log of what matters at least so much.
    init(level: Level = .info, isJournal: Bool = false, write: @escaping (String) -> Void = { try? writeAll(2, Array($0.utf8), name: "stderr") }) {
        self.level = level
        self.isJournal = isJournal
        self.write = write
    }

    /// Writes a message.
    ///
    /// - Parameter kind: messages of a kind share a budget; nil for one that cannot come often.
    func callAsFunction(_ level: Level, about kind: String? = nil, now: UInt64 = monotonicNanoseconds(), _ text: @autoclosure () -> String) {
        guard level <= self.level else { return }
        if let kind {
            var budget = budgets[kind] ?? Budget(start: now)
            if now - budget.start > 60_000_000_000 {
                if budget.omitted > 0 { line(level, "\(kind): \(budget.omitted) more messages in the last minute") }
                budget = Budget(start: now)
            }
            if budget.written == Self.perMinute { budget.omitted += 1 } else { budget.written += 1 }
            let isOmitted = budget.omitted > 0
            budgets[kind] = budget
            if isOmitted { return }
        }
        line(level, text())
    }

    private func line(_ level: Level, _ text: String) {
        let oneLine = text.unicodeScalars.map { $0.value < 0x20 ? $0.escaped(asASCII: true) : String($0) }.joined()
        write(isJournal ? "<\(level.rawValue)>\(oneLine)\n" : "\(Timestamp.now()) \(level): \(oneLine)\n")
    }
}
