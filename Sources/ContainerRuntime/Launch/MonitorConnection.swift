import CShim
import Glibc
public import LinuxSystem

/// One client's connection to a monitor: the CLI that started it, or one that attached later.
public struct MonitorConnection: ~Copyable, Sendable {
    /// The SOCK_SEQPACKET socket, for poll(2).
    public let socket: OwnedFD

    private let planMemory: OwnedFD

    init(socket: consuming OwnedFD, planMemory: consuming OwnedFD) {
        self.socket = socket
        self.planMemory = planMemory
    }

    /// Connects to the monitor of a running container by its run directory.
    ///
    /// - Throws: `ApusError` when no monitor listens there.
    public init(attachingTo runDirectory: String) throws(ApusError) {
        let directory = try openFile(runDirectory, openPathOnly | O_DIRECTORY)
        // The detour keeps the name below the 107 bytes of a socket address.
        let path = "/proc/self/fd/\(directory.raw)/attach"
        let made = OwnedFD(
            adopting: try systemCall("cannot make a socket") {
                Glibc.socket(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            })
        let raw = made.raw
        var address = socketAddress(path)
        try systemCall("cannot attach to the monitor at \(runDirectory)") {
            unsafe withAddress(&address) { pointer, size in unsafe connect(raw, pointer, size) }
        }
        self.init(socket: made, planMemory: .none)
    }

    /// Waits for the next event.
    ///
    /// A connection that the monitor dropped is `.closed`.
    public func receive() throws(ApusError) -> MonitorEvent {
        let raw = socket.raw
        var frame = [UInt8](repeating: 0, count: Int(APUS_FRAME_MAX))
        while true {
            let length: Int
            var descriptor: Int32 = -1
            var received = 0
            do {
                length = try systemCall("cannot hear the monitor") {
                    unsafe apus_receive_message(raw, &frame, frame.count, &descriptor, 1, &received)
                }
            } catch  where error.errno == ECONNRESET {
                // Told once where the monitor left something of ours unread (unix(7)); what it had sent before comes next, its end too.
                continue
            }
            let event = MonitorEvent(frame: frame[..<length], descriptor: descriptor)
            switch event {
            case .console, .seccompListener: break  // it goes on with the event
            default: if descriptor >= 0 { close(descriptor) }
            }
            if let event { return event }
        }
    }

    /// Sends stdin's next bytes, at most `inputLimit`.
    ///
    /// False when the monitor cannot take them now: poll for POLLOUT and try again.
    public func sendInput(_ bytes: ArraySlice<UInt8>) throws(ApusError) -> Bool {
        try send([UInt8(ascii: "i")] + bytes)
    }

    /// Tells that stdin has ended.
    public func sendInputEnd() throws(ApusError) -> Bool { try send([UInt8(ascii: "e")]) }

    /// Asks for no output: only the end will be told.
    public func sendQuiet() throws(ApusError) { _ = try send([UInt8(ascii: "q")]) }

    /// Tells that nobody reads our output any more.
    public func sendUnread() throws(ApusError) { _ = try send([UInt8(ascii: "u")]) }

    /// Tells the terminal's new size.
    public func sendWindowSize(rows: UInt16, columns: UInt16) throws(ApusError) -> Bool {
        try send([UInt8(ascii: "w"), UInt8(rows & 255), UInt8(rows >> 8), UInt8(columns & 255), UInt8(columns >> 8)])
    }

    /// Lets the container's process go on after a sync.
    public func sendContinue() throws(ApusError) { _ = try send([UInt8(ascii: "g")]) }

    /// Lets the container's process go on when its filter's supervisor has the listener.
    public func sendListenerPassed() throws(ApusError) { _ = try send([UInt8(ascii: "l")]) }

    /// The most bytes of one `sendInput`.
    public static let inputLimit = Int(APUS_FRAME_MAX) - 1

    private func send(_ frame: [UInt8]) throws(ApusError) -> Bool {
        let raw = socket.raw
        do {
            try systemCall("cannot talk to the monitor") { unsafe Glibc.send(raw, frame, frame.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL)) }
            return true
        } catch  where error.errno == EAGAIN {
            return false
        } catch  where error.errno == EPIPE || error.errno == ECONNRESET {
            return true  // it has ended; the next receive says how
        }
    }

    /// What each step took, in nanoseconds, in the order of `plan.steps`: filled in by a plan with `.timing`, known to the client that sent it.
    public func timings(of plan: LaunchPlan) throws(ApusError) -> [UInt64] {
        let raw = planMemory.raw
        if raw < 0 { return [] }
        var header = apus_plan()
        try systemCall("cannot read the launch plan") { unsafe pread(raw, &header, MemoryLayout<apus_plan>.size, 0) }
        var steps = [apus_step](repeating: apus_step(), count: plan.steps.count)
        let size = steps.count * MemoryLayout<apus_step>.stride
        try systemCall("cannot read the launch plan") { unsafe pread(raw, &steps, size, off_t(header.steps)) }
        return steps.map(\.nanoseconds)
    }
}
