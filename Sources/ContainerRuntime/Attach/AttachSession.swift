import CShim
import Glibc
public import LinuxSystem

/// A user in front of a running program: moves stdin, stdout and stderr, passes signals and window sizes on, and returns how it ended.
///
/// One thread, one poll(2): nothing that is slow, be it the reader of our stdout or the program, holds up a signal.
public struct AttachSession: ~Copyable {
    /// What is attached and how.
    public struct Options: Sendable {
        /// Whether stdin goes to the program.
        public var stdin = false
        /// Whether the program's stdout is shown.
        public var stdout = true
        /// Whether the program's stderr is shown.
        public var stderr = true
        /// Whether the program has a terminal.
        public var tty = false
        /// Whether the user's terminal ends lines, since the program's does not.
        public var endsLines = false
        /// Whether SIGINT, SIGTERM and the like go to a program without a terminal instead of ending us.
        public var proxiesSignals = true
        /// Whether a program that draws on its terminal is made to draw again.
        public var redraws = false
        /// Keys that end the session and leave the program running.
        public var detachKeys: DetachKeys?
        /// Nothing but output.
        public init() {}

        /// Whether the user's terminal is set to raw mode for the length of the session.
        var isRaw: Bool { tty && stdin && isatty(0) == 1 }

        /// The signals that the session takes over: all that end us where the program is to have them, or where the terminal's mode is to come back.
        var signals: [Int32] {
            if isRaw { return [SIGWINCH, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGALRM, SIGUSR1, SIGUSR2, SIGTSTP, SIGCONT] }
            if tty { return [SIGWINCH] }
            return proxiesSignals ? [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGALRM, SIGUSR1, SIGUSR2, SIGCONT] : []
        }

        /// Keeps signals for the session from now on, so that one that comes while the program is being started reaches it.
        public func holdSignals() throws(ApusError) { _ = try SignalQueue(signals) }
    }

    /// How a session ended.
    public enum Outcome: Sendable, Equatable {
        /// The program ended.
        case ended(code: Int32)
        /// The user typed the detach keys.
        case detached
        /// Nobody reads our stdout or stderr any more.
        case unread
        /// A signal that was for us.
        case interrupted(signal: Int32)
        /// The monitor turned us away.
        case refused
        /// The monitor ended without a word.
        case lost

        /// The exit status of whoever was attached, as a shell would see it; nil where the monitor is gone.
        public var status: Int32? {
            switch self {
            case .ended(let code): code
            case .detached: 0
            case .unread: 128 + SIGPIPE
            case .interrupted(let signal): 128 + signal
            case .refused, .lost: nil
            }
        }
    }

    let connection: MonitorConnection
    let options: Options
    let signals: SignalQueue
    let kill: (Int32) -> Void
    var input: AttachedInput
    var outputs = [OutputBuffer(descriptor: 1, name: "stdout"), OutputBuffer(descriptor: 2, name: "stderr")]
    var owedSizes: Int
    private var wasGreeted: Bool

    /// Prepares a session.
    ///
    /// - Parameter isNew: whether the connection has not told of the start yet.
    /// - Parameter kill: sends a signal to the program.
    public init(_ connection: consuming MonitorConnection, _ options: Options, isNew: Bool = false, kill: @escaping (Int32) -> Void) throws(ApusError) {
        signals = try SignalQueue(options.signals)
        self.connection = connection
        self.options = options
        self.kill = kill
        input = AttachedInput(isOpen: options.stdin, keys: options.tty ? options.detachKeys : nil)
        owedSizes = options.tty ? (options.redraws ? 2 : 1) : 0
        wasGreeted = !isNew
    }

    /// Runs until the program ends or the user leaves.
    ///
    /// - Throws: `ApusError` when stdin cannot be read or stdout not written (a full disk); the program runs on.
    public consuming func run() throws(ApusError) -> Outcome {
        if options.isRaw { try RawTerminal.enter(0, endsLines: options.endsLines) }
        defer { RawTerminal.leave() }
        while true {
            let isShown = outputs.allSatisfy(\.isEmpty)
            let owes = owedSizes > 0 || input.owes
            var set = [
                pollfd(fd: signals.descriptor.raw, events: Int16(POLLIN), revents: 0),
                pollfd(fd: isShown || owes ? connection.socket.raw : -1, events: Int16((isShown ? POLLIN : 0) | (owes ? POLLOUT : 0)), revents: 0),
                pollfd(fd: input.wantsMore ? 0 : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: outputs[0].isEmpty ? -1 : 1, events: Int16(POLLOUT), revents: 0),
                pollfd(fd: outputs[1].isEmpty ? -1 : 2, events: Int16(POLLOUT), revents: 0),
            ]
            try systemCall("cannot wait for the container") { unsafe poll(&set, nfds_t(set.count), -1) }
            if set[0].revents != 0, let signal = handleSignals() { return .interrupted(signal: signal) }
            if set[1].revents & Int16(POLLOUT) != 0 { try sendOwed() }
            if set[2].revents != 0, try input.read() { return .detached }
            for (index, place) in [3, 4].enumerated() where set[place].revents != 0 {
                if try !outputs[index].write() {
                    _ = handleSignals()  // Ctrl-C reaches a whole pipeline: the program is to have its share before we leave
                    try connection.sendUnread()
                    return .unread
                }
            }
            if isShown && set[1].revents & Int16(POLLIN | POLLHUP | POLLERR) != 0, let outcome = try handleEvent() { return outcome }
        }
    }

    private mutating func handleEvent() throws(ApusError) -> Outcome? {
        switch try connection.receive() {
        case .output(let bytes): if options.stdout { outputs[0].put(bytes) }
        case .errorOutput(let bytes): if options.stderr { outputs[1].put(bytes) }
        case .ended(let code, _): return .ended(code: code)
        case .closed: return wasGreeted ? .lost : .refused
        case .started: wasGreeted = true
        case .failed, .sync: break
        case .console(let descriptor), .seccompListener(let descriptor, _): close(descriptor)
        }
        return nil
    }

    /// Passes signals on; the one that ends the session, if there is one.
    private mutating func handleSignals() -> Int32? {
        while let signal = signals.next() {
            switch signal {
            case SIGWINCH: owedSizes = max(owedSizes, 1)
            case SIGTSTP where options.isRaw: RawTerminal.pause()
            case SIGCONT where options.isRaw:
                RawTerminal.resume()
                owedSizes = max(owedSizes, 1)
            default:
                if options.tty { return signal }
                kill(signal)
            }
        }
        return nil
    }

    private mutating func sendOwed() throws(ApusError) {
        while owedSizes > 0 {
            // Of two sizes the first is a wrong one: the second is a change, which makes the program draw.
            guard let size = Terminal.size() else { owedSizes = 0; break }
            guard try connection.sendWindowSize(rows: size.rows &+ (owedSizes > 1 ? 1 : 0), columns: size.columns) else { return }
            owedSizes -= 1
        }
        try input.send(to: connection)
    }
}
