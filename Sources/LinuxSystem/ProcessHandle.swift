import CShim
import Glibc

/// A process held by a pidfd: whatever becomes of its number, this is still the one (pidfd_open(2)).
public struct ProcessHandle: ~Copyable, Sendable {
    /// Readable once the process has ended.
    public let descriptor: OwnedFD

    /// Takes hold of the process that has the number now.
    ///
    /// - Throws: `ApusError` with ESRCH when there is none.
    public init(pid: Int32) throws(ApusError) {
        descriptor = OwnedFD(adopting: try systemCall("cannot reach process \(pid)") { apus_pidfd_open(pid, 0) })
    }

    /// Sends a signal; false when the process has ended.
    public func send(_ signal: Int32) throws(ApusError) -> Bool {
        do {
            try systemCall("cannot send signal \(signal)") { [raw = descriptor.raw] in apus_pidfd_send_signal(raw, signal) }
            return true
        } catch  where error.errno == ESRCH {
            return false
        }
    }

    /// Waits until the process has ended; false when `seconds` have passed before.
    ///
    /// Nil waits for ever.
    public func waitForEnd(seconds: Double?) throws(ApusError) -> Bool {
        let deadline = seconds.map { monotonicNanoseconds() + UInt64(max(0, min($0, 1e9)) * 1e9) }
        while true {
            var set = pollfd(fd: descriptor.raw, events: Int16(POLLIN), revents: 0)
            var timeout: Int32 = -1
            if let deadline {
                let now = monotonicNanoseconds()
                timeout = now >= deadline ? 0 : Int32(clamping: (deadline - now + 999_999) / 1_000_000)
            }
            let count = try systemCall("cannot wait for a process") { unsafe poll(&set, 1, timeout) }
            if count > 0 { return true }
            if let deadline, monotonicNanoseconds() >= deadline { return false }
        }
    }
}
