import CShim
import Glibc
import LinuxSystem

/// One thread's loop over descriptors and deadlines (epoll(7)).
///
/// Everything of the daemon runs in it, one after the other, so nothing needs a lock. Level-triggered: what is left unread is told again.
final class EventLoop {
    /// What a descriptor is ready for.
    struct Readiness: OptionSet {
        let rawValue: UInt32
        static let readable = Readiness(rawValue: 1)
        static let writable = Readiness(rawValue: 4)
        /// The other end hung up, or an error waits.
        static let ended = Readiness(rawValue: 8 | 16)
    }

    private let poll: OwnedFD
    private var watches: [Int32: (Readiness) -> Void] = [:]
    private var timers: [Timer] = []
    private var isStopped = false
    /// Called before each wait; what it returns is when the wait ends at the latest, by CLOCK_MONOTONIC in ns.
    var beforeWaiting: () -> UInt64? = { nil }
    private var descriptors = [Int32](repeating: -1, count: 32)
    private var ready = [UInt32](repeating: 0, count: 32)

    /// Something that is done again and again.
    private struct Timer {
        let period: UInt64
        var due: UInt64
        let body: () -> Void
    }

    init() throws(ApusError) {
        poll = OwnedFD(adopting: try systemCall("cannot make an event loop") { apus_events_make() })
    }

    /// Calls `body` while the descriptor is ready; the caller owns the descriptor and calls `forget` before it is closed.
    func watch(_ descriptor: Int32, for events: Readiness = .readable, _ body: @escaping (Readiness) -> Void) throws(ApusError) {
        let operation = watches[descriptor] == nil ? APUS_EVENTS_ADD : APUS_EVENTS_CHANGE
        try control(descriptor, operation, events)
        watches[descriptor] = body
    }

    /// Changes what a watched descriptor is waited for.
    func wait(_ descriptor: Int32, for events: Readiness) throws(ApusError) { try control(descriptor, APUS_EVENTS_CHANGE, events) }

    /// No longer watches a descriptor.
    func forget(_ descriptor: Int32) {
        if watches.removeValue(forKey: descriptor) != nil { try? control(descriptor, APUS_EVENTS_REMOVE, []) }
    }

    /// Calls `body` every `milliseconds`.
    func every(milliseconds: UInt64, _ body: @escaping () -> Void) {
        let period = milliseconds * 1_000_000
        timers.append(Timer(period: period, due: monotonicNanoseconds() + period, body: body))
    }

    /// Forgets everything, so that what the bodies hold is let go.
    func clear() {
        for descriptor in watches.keys { forget(descriptor) }
        timers = []
        beforeWaiting = { nil }
    }

    /// Ends `run` after the current step.
    func stop() { isStopped = true }

    /// Waits and calls until `stop`.
    func run() throws(ApusError) {
        isStopped = false
        while !isStopped { try step(milliseconds: nil) }
    }

    /// Waits for what comes next, at most so long, and does it.
    func step(milliseconds limit: Int32?) throws(ApusError) {
        let deadline = beforeWaiting()
        let now = monotonicNanoseconds()
        var timeout = limit ?? -1
        if let due = (timers.map(\.due) + [deadline ?? .max]).min(), due != .max {
            let rest = due <= now ? 0 : Int32(clamping: (due - now + 999_999) / 1_000_000)
            timeout = timeout < 0 ? rest : min(timeout, rest)
        }
        let raw = poll.raw
        var count: Int32 = 0
        do throws(ApusError) {
            count = try systemCall("cannot wait for events", onInterrupt: .report) {
                unsafe apus_events_wait(raw, &descriptors, &ready, Int32(ready.count), timeout)
            }
        } catch  where error.errno == EINTR {
            return
        }
        for index in 0..<Int(count) {
            // What an earlier one of this batch has forgotten is not called.
            watches[descriptors[index]]?(Readiness(rawValue: ready[index]))
        }
        callTimers()
    }

    private func callTimers() {
        let now = monotonicNanoseconds()
        for index in timers.indices where timers[index].due <= now {
            // After a long step the missed times are not made up for.
            timers[index].due = now + timers[index].period
            timers[index].body()
        }
    }

    private func control(_ descriptor: Int32, _ operation: Int, _ events: Readiness) throws(ApusError) {
        let raw = poll.raw
        try systemCall("cannot watch descriptor \(descriptor)") { apus_events_control(raw, Int32(operation), descriptor, events.rawValue) }
    }
}
