import CShim
public import ContainerRuntime
import Glibc
public import LinuxSystem

/// A user in front of a running program: moves stdin, stdout and stderr, passes signals and window sizes on, and returns how it ended.
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
        /// Whether SIGINT, SIGTERM and the like go to the program instead of ending us.
        public var proxiesSignals = true
        /// Keys that end the session and leave the program running.
        public var detachKeys: DetachKeys?
        /// Nothing but output.
        public init() {}
    }

    /// How a session ended.
    public enum Outcome: Sendable, Equatable {
        /// The program ended.
        case ended(code: Int32, outOfMemory: Bool)
        /// The user typed the detach keys, or our stdout was closed.
        case detached
        /// The monitor ended without a word.
        case lost
    }

    private static let proxied: [Int32] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGCONT, SIGPIPE]

    private let connection: MonitorConnection
    private let options: Options
    private let signals: SignalQueue
    private let kill: (Int32) -> Void
    private var keys: DetachKeys?
    private var input = [UInt8](repeating: 0, count: MonitorConnection.inputLimit)
    private var pending: [UInt8] = []
    private var inputOpen: Bool
    private var owesInputEnd = false
    private var owesWindowSize: Bool

    /// Prepares a session.
    ///
    /// Signals are taken over from here on, so that none is lost between the start and `run`.
    ///
    /// - Parameter kill: sends a signal to the program.
    public init(_ connection: consuming MonitorConnection, _ options: Options, kill: @escaping (Int32) -> Void) throws(ApusError) {
        signals = try SignalQueue([SIGWINCH] + (options.proxiesSignals ? Self.proxied : []))
        self.connection = connection
        self.options = options
        self.kill = kill
        keys = options.tty ? options.detachKeys : nil
        inputOpen = options.stdin
        owesWindowSize = options.tty
    }

    /// Runs until the program ends or the user leaves.
    public consuming func run() throws(ApusError) -> Outcome {
        let isTerminal = options.tty && isatty(0) == 1 && options.stdin
        if isTerminal { try RawTerminal.enter(0) }
        defer { RawTerminal.leave() }
        while true {
            var set = [
                pollfd(fd: connection.socket.raw, events: Int16(POLLIN | (owesAnything ? POLLOUT : 0)), revents: 0),
                pollfd(fd: signals.descriptor.raw, events: Int16(POLLIN), revents: 0),
                pollfd(fd: inputOpen && pending.isEmpty ? 0 : -1, events: Int16(POLLIN), revents: 0),
            ]
            try systemCall("cannot wait for the container") { unsafe poll(&set, 3, -1) }
            if set[1].revents != 0 { handleSignals() }
            if owesWindowSize { try sendWindowSize() }
            if set[0].revents & Int16(POLLOUT) != 0 { try flush() }
            if set[2].revents != 0, try readInput() { return .detached }
            if set[0].revents & Int16(POLLIN | POLLHUP | POLLERR) != 0, let outcome = try handleEvent() { return outcome }
        }
    }

    private var owesAnything: Bool { !pending.isEmpty || owesInputEnd || owesWindowSize }

    private mutating func handleEvent() throws(ApusError) -> Outcome? {
        switch try connection.receive() {
        case .output(let bytes): return options.stdout && !show(bytes, on: 1) ? .detached : nil
        case .errorOutput(let bytes): return options.stderr && !show(bytes, on: 2) ? .detached : nil
        case .ended(let code, let outOfMemory): return .ended(code: code, outOfMemory: outOfMemory)
        case .closed: return .lost
        case .started, .failed: return nil
        }
    }

    /// False when nobody reads any more.
    private func show(_ bytes: [UInt8], on descriptor: Int32) -> Bool {
        (try? writeAll(descriptor, bytes, name: descriptor == 1 ? "stdout" : "stderr")) != nil
    }

    private mutating func handleSignals() {
        while let signal = signals.next() {
            if signal == SIGWINCH { owesWindowSize = options.tty } else if signal != SIGPIPE { kill(signal) }
        }
    }

    private mutating func sendWindowSize() throws(ApusError) {
        var (rows, columns): (UInt16, UInt16) = (0, 0)
        guard unsafe apus_get_window_size(0, &rows, &columns) == 0 || apus_get_window_size(1, &rows, &columns) == 0, rows > 0 else {
            owesWindowSize = false
            return
        }
        owesWindowSize = !(try connection.sendWindowSize(rows: rows, columns: columns))
    }

    private mutating func flush() throws(ApusError) {
        if !pending.isEmpty, try connection.sendInput(pending[...]) { pending = [] }
        if owesInputEnd && pending.isEmpty { owesInputEnd = !(try connection.sendInputEnd()) }
    }

    /// Reads what was typed; true when it says to leave.
    private mutating func readInput() throws(ApusError) -> Bool {
        let count: Int
        do { count = try systemCall("cannot read stdin") { unsafe read(0, &input, input.count) } } catch  where error.errno == EAGAIN || error.errno == EIO {
            return false
        }
        if count == 0 {
            inputOpen = false
            owesInputEnd = true
            return false
        }
        var bytes = Array(input[..<count])
        var detached = false
        if keys != nil { (bytes, detached) = keys?.filter(bytes[...]) ?? (bytes, false) }
        if !bytes.isEmpty, try !connection.sendInput(bytes[...]) { pending = bytes }
        return detached
    }
}
