import LinuxSystem

/// What proc(5) tells of a process in /proc/PID/stat.
struct ProcessStat: Equatable {
    /// `R`, `S`, `Z` and so on.
    let state: Character
    /// Ticks since boot.
    let start: UInt64

    /// Nil where there is no such process.
    init?(pid: Int32) {
        guard let text = try? readText("/proc/\(pid)/stat") else { return nil }
        self.init(text)
    }

    /// The name is in parentheses and may hold anything, also parentheses.
    init?(_ text: String) {
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 19, let state = fields[0].first, let start = UInt64(fields[19]) else { return nil }
        self.state = state
        self.start = start
    }

    /// Whether it has ended and only waits to be reaped.
    var hasEnded: Bool { state == "Z" || state == "X" }
}
