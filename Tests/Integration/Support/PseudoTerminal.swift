import CShim
import Engine
import Glibc
import LinuxSystem
import Testing

/// A program in front of a terminal of its own: a user's session, with the test as the user.
///
/// The program is started by posix_spawn(3) as the leader of a session whose controlling terminal is the slave side; nothing of this process is
/// forked.
final class PseudoTerminal {
    private let master: Int32
    // Kept open, so that the terminal's mode outlives the program and can be looked at.
    private let slave: Int32
    let pid: pid_t
    private var status: Int32?
    /// All that was shown so far.
    private(set) var shown: [UInt8] = []

    /// Starts a program (an absolute path first).
    init(_ arguments: [String], environment: [String: String], rows: UInt16 = 24, columns: UInt16 = 80) throws {
        let master = try openFile("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK).take()
        self.master = master
        var number: Int32 = 0
        try systemCall("cannot unlock the terminal") { unsafe ioctl(master, 0x4004_5431, &number) }  // TIOCSPTLCK
        try systemCall("cannot name the terminal") { unsafe ioctl(master, 0x8004_5430, &number) }  // TIOCGPTN
        let path = "/dev/pts/\(number)"
        slave = try openFile(path, O_RDWR | O_NOCTTY).take()
        try systemCall("cannot set the terminal's size") { apus_set_window_size(master, rows, columns) }

        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, path, O_RDWR, 0)  // the leader's first: it becomes the controlling one
        unsafe posix_spawn_file_actions_adddup2(&actions, 0, 1)
        unsafe posix_spawn_file_actions_adddup2(&actions, 0, 2)
        for descriptor in Int32(3)..<256 { unsafe posix_spawn_file_actions_addclose(&actions, descriptor) }
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        unsafe posix_spawnattr_setflags(&attributes, 0x80)  // POSIX_SPAWN_SETSID, which Swift does not see
        var words = unsafe arguments.map { unsafe strdup($0) } + [nil]
        var variables = unsafe environment.map { unsafe strdup("\($0)=\($1)") } + [nil]
        defer { _ = unsafe (words + variables).map { unsafe free($0) } }
        var pid: pid_t = 0
        let failure = unsafe posix_spawn(&pid, arguments[0], &actions, &attributes, &words, &variables)
        if failure != 0 { throw ApusError(errno: failure, "cannot start \(arguments[0])") }
        self.pid = pid
    }

    deinit {
        if status == nil {
            kill(pid, SIGKILL)
            _ = waitpid(pid, nil, 0)
        }
        close(slave)
        close(master)
    }

    /// What was shown so far, as text.
    var text: String { String(decoding: shown, as: UTF8.self) }

    /// Types.
    func type(_ text: String) throws { try writeAll(master, Array(text.utf8), name: "the terminal") }

    /// Changes the size, which the program is told by SIGWINCH.
    func resize(rows: UInt16, columns: UInt16) throws { try systemCall("cannot set the terminal's size") { apus_set_window_size(master, rows, columns) } }

    /// Sends the program in front a signal.
    func send(_ signal: Int32) { if status == nil { kill(pid, signal) } }

    /// Whether every key goes to the program as it is, and nothing is echoed.
    var isRaw: Bool { mode.c_lflag & tcflag_t(ICANON | ECHO | ISIG) == 0 }

    /// Whether the mode is as it was at the start.
    var isCooked: Bool {
        let lines = tcflag_t(ICANON | ECHO | ISIG)
        return mode.c_lflag & lines == lines && mode.c_oflag & tcflag_t(OPOST) != 0 && mode.c_iflag & tcflag_t(ICRNL) != 0
    }

    private var mode: termios {
        var mode = termios()
        unsafe tcgetattr(slave, &mode)
        return mode
    }

    /// Reads what is shown now, waiting at most `milliseconds` for the first of it; false when there was nothing.
    @discardableResult
    func look(milliseconds: Int32 = 0) -> Bool {
        var set = [pollfd(fd: master, events: Int16(POLLIN), revents: 0)]
        guard unsafe poll(&set, 1, milliseconds) > 0 else { return false }
        var chunk = [UInt8](repeating: 0, count: 65536)
        let count = unsafe read(master, &chunk, chunk.count)
        if count > 0 { shown += chunk[..<count] }
        return count > 0
    }

    /// Waits until the text has been shown after what earlier calls saw; answers all that was shown in between, the text included.
    @discardableResult
    func expect(_ text: String, seconds: Double = isSlow ? 60 : 20, at location: SourceLocation = #_sourceLocation) throws -> String {
        let wanted = Array(text.utf8)
        let end = monotonicNanoseconds() + UInt64(seconds * 1e9)
        while true {
            if let found = position(of: wanted) {
                let seen = String(decoding: shown[mark..<found], as: UTF8.self)
                mark = found
                return seen
            }
            if monotonicNanoseconds() > end {
                Issue.record(
                    "the terminal never showed \(text.debugDescription), but \(String(decoding: shown[mark...], as: UTF8.self).debugDescription)",
                    sourceLocation: location)
                throw ApusError(.system, "nothing more to see")
            }
            look(milliseconds: 50)
        }
    }

    private var mark = 0

    /// The end of the first place where the bytes stand behind `mark`.
    private func position(of wanted: [UInt8]) -> Int? {
        guard shown.count >= mark + wanted.count else { return nil }
        for start in mark...(shown.count - wanted.count) where shown[start] == wanted[0] && Array(shown[start..<start + wanted.count]) == wanted {
            return start + wanted.count
        }
        return nil
    }

    /// Waits until the program in front ends, looking on; its exit code, minus the signal's number where one killed it.
    func wait(seconds: Double = 60) throws -> Int32 {
        let end = monotonicNanoseconds() + UInt64(seconds * 1e9)
        var value: Int32 = 0
        while unsafe waitpid(pid, &value, WNOHANG) == 0 {
            if monotonicNanoseconds() > end { throw ApusError(.system, "not ended after \(seconds) s; it showed: \(text)") }
            look(milliseconds: 5)
        }
        while look() {}
        let code = value & 0x7f == 0 ? value >> 8 & 0xff : -(value & 0x7f)
        status = code
        return code
    }
}

extension Apus {
    /// Starts `apus` in front of a terminal.
    func terminal(_ arguments: String..., rows: UInt16 = 24, columns: UInt16 = 80) throws -> PseudoTerminal {
        let variables = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "APUS_ROOT": paths.root, "TMPDIR": "\(scratch)/tmp", "TERM": "xterm"]
        return try PseudoTerminal([Apus.program] + arguments, environment: variables, rows: rows, columns: columns)
    }
}
