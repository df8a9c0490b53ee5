import Glibc
import LinuxSystem

/// A process of the host, from the files of /proc/PID (proc(5)).
struct HostProcess: Equatable {
    var pid: Int32
    var parent: Int32
    /// The effective user.
    var uid: UInt32
    /// The device of its terminal; 0 for none.
    var terminal: Int32
    /// Processor time in clock ticks.
    var ticks: UInt64
    /// When it was started, in clock ticks since boot.
    var started: UInt64
    /// What it runs, or its name in brackets.
    var command: String

    /// Reads the files' contents; nil for what is none.
    init?(stat: String, status: String, commandLine: [UInt8]) {
        // The name stands in parentheses and may hold anything, parentheses too.
        guard let open = stat.firstIndex(of: "("), let close = stat.lastIndex(of: ")"), open < close else { return nil }
        let fields = stat[stat.index(after: close)...].split(separator: " ")
        guard let pid = stat.split(separator: " ").first.flatMap({ Int32($0) }), fields.count > 19, let parent = Int32(fields[1]),
            let terminal = Int32(fields[4]), let user = UInt64(fields[11]), let system = UInt64(fields[12]), let started = UInt64(fields[19])
        else { return nil }
        self.pid = pid
        self.parent = parent
        self.terminal = terminal
        ticks = user &+ system
        self.started = started
        let uids = status.split(separator: "\n").first { $0.hasPrefix("Uid:") }?.split { $0 == "\t" || $0 == " " }
        guard let uids, uids.count > 2, let uid = UInt32(uids[2]) else { return nil }
        self.uid = uid
        let name = stat[stat.index(after: open)..<close]
        command = commandLine.isEmpty ? "[\(name)]" : Self.printable(commandLine)
    }

    /// Reads a living process; nil when it is gone.
    init?(pid: Int32) {
        guard let stat = try? readText("/proc/\(pid)/stat"), let status = try? readText("/proc/\(pid)/status"),
            let commandLine = try? readFile("/proc/\(pid)/cmdline")
        else { return nil }
        self.init(stat: stat, status: status, commandLine: commandLine)
    }

    /// Arguments apart by blanks; what would move the cursor becomes a question mark.
    private static func printable(_ arguments: [UInt8]) -> String {
        var bytes = arguments
        if bytes.last == 0 { bytes.removeLast() }
        return String(decoding: bytes.map { $0 == 0 ? 32 : $0 < 32 || $0 == 127 ? 63 : $0 }, as: UTF8.self)
    }

    /// The terminal's name as `ps` has it.
    var terminalName: String {
        let number = UInt32(bitPattern: terminal)
        let (major, minor) = (number >> 8 & 0xfff, number & 0xff | number >> 12 & 0xfff00)
        return switch major {
        case 136...143: "pts/\(minor + (major - 136) << 8)"
        case 4: minor < 64 ? "tty\(minor)" : "ttyS\(minor - 64)"
        default: "?"
        }
    }
}
