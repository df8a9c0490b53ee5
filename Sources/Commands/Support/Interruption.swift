import Glibc
import LinuxSystem
import Synchronization

/// Ctrl-C and its like during a command of several threads that has something to take back: it fails, and so cleans up.
///
/// A second signal, or two seconds in which it does not end (it may wait for a slow source), end the program at once. What is left then is
/// garbage that the next load or prune removes.
final class Interruption: Sendable {
    private let received = Atomic<Int32>(0)

    /// Takes the signals from now on; made before other threads are.
    ///
    /// - Parameter cancel: called on a thread of its own with the failure to end with.
    init(_ cancel: @escaping @Sendable (ApusError) -> Void) throws(ApusError) {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM, SIGHUP] { unsafe sigaddset(&signals, signal) }
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
        let thread = try WorkerThread { [self, taken = signals] in
            var waited = taken
            var signal: Int32 = 0
            unsafe sigwait(&waited, &signal)
            received.store(signal, ordering: .releasing)
            cancel(ApusError(.conflict, "interrupted"))
            var patience = timespec(tv_sec: 2, tv_nsec: 0)
            unsafe sigtimedwait(&waited, nil, &patience)
            _exit(128 + signal)
        }
        thread.detach()
    }

    /// Runs what may be interrupted; a failure after a signal has its exit status.
    func run<Result>(_ body: () throws(ApusError) -> Result) throws -> Result {
        do {
            return try body()
        } catch {
            let signal = received.load(ordering: .acquiring)
            if signal != 0 { throw Failure(error, status: 128 + signal) }
            throw error
        }
    }
}
