import CShim
import Glibc
public import LinuxSystem

/// A process that was just started, our child until we end, or the monitor's where that serves its terminal.
public struct LaunchedProcess: ~Copyable, Sendable {
    /// Its pid.
    public let pid: Int32
    /// The monitor that serves its terminal; closed otherwise.
    let connection: MonitorConnection
    /// Whether the monitor serves its terminal.
    public let isServed: Bool
    /// Where it may say that it is ready.
    let notify: NotifySocket

    init(pid: Int32, connection: consuming MonitorConnection, isServed: Bool, notify: consuming NotifySocket = .none) {
        self.pid = pid
        self.connection = connection
        self.isServed = isServed
        self.notify = notify
    }

    /// Waits until it has said that it is ready, where the caller's service manager wants to hear that (NOTIFY_SOCKET), or has ended.
    public func waitUntilReady() throws(ApusError) { try notify.waitUntilReady(ProcessHandle(pid: pid), watched: pid) }

    /// Stays in front of it until it ends; signals go to it.
    ///
    /// - Returns: its exit code, 128 + N after signal N.
    public consuming func wait() throws(ApusError) -> Int32 {
        if isServed { return try serve() }
        let process = try ProcessHandle(pid: pid)
        let signals = try SignalQueue(Self.forwarded)
        var notifications = notify.descriptor.raw
        while true {
            var set = [
                pollfd(fd: process.descriptor.raw, events: Int16(POLLIN), revents: 0), pollfd(fd: signals.descriptor.raw, events: Int16(POLLIN), revents: 0),
                pollfd(fd: notifications, events: Int16(POLLIN), revents: 0),
            ]
            try systemCall("cannot wait for the program") { unsafe poll(&set, 3, -1) }
            // We stay, so it is us that the manager is to watch.
            if set[2].revents != 0, (try? notify.passOn(watched: getpid())) != false { notifications = -1 }
            while let signal = signals.next() { _ = try process.send(signal) }
            if set[0].revents != 0 { return try Self.reap(pid) }
        }
    }

    /// Keeps signals for `wait` from now on: one that comes while the program is being started must reach it, and not end us.
    public static func holdSignals() throws(ApusError) { _ = try SignalQueue(forwarded) }

    private consuming func serve() throws(ApusError) -> Int32 {
        var options = AttachSession.Options()
        options.stdin = true
        options.tty = true
        options.endsLines = true
        // The monitor reaps it: a number whose process is gone is nobody's.
        let handle = (try? ProcessHandle(pid: pid).descriptor.duplicate().take()) ?? -1
        defer { if handle >= 0 { close(handle) } }
        let session = try AttachSession(connection, options) { signal in _ = apus_pidfd_send_signal(handle, signal) }
        if let status = try session.run().status { return status }
        throw ApusError(.system, "the monitor of the program's terminal was lost")
    }

    /// All that can be caught, but those of our own faults and children.
    private static let forwarded: [Int32] = (1...31).filter { ![SIGKILL, SIGSTOP, SIGCHLD, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGPIPE].contains($0) }

    static func reap(_ pid: Int32) throws(ApusError) -> Int32 {
        var status: Int32 = 0
        try systemCall("cannot wait for the program") { unsafe waitpid(pid, &status, Int32(bitPattern: UInt32(__WALL))) }
        return status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f
    }
}
