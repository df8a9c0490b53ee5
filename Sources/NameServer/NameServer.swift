import Glibc
public import LinuxSystem
import Network

/// The name server of an instance: it answers at the gateway's addresses of each network that is up, in a thread of its own.
///
/// Names come from the records of running containers, which it is told of by inotify(7): a container that has started is found by the next
/// question. What no container has is asked of the host's name servers, or those that the container was started with.
public final class NameServer: Sendable {
    private let thread: WorkerThread
    private let stopper: OwnedFD

    /// Starts it.
    ///
    /// - Parameter log: takes a sentence about what cannot be done.
    public init(_ instance: Instance, log: @escaping @Sendable (String) -> Void) throws(ApusError) {
        stopper = try makeEventCounter()
        let loop = try NameLoop(instance, stopper: stopper.raw, log: log)
        thread = try WorkerThread { loop.run() }
    }

    /// Ends it, and waits until it has.
    public func stop() {
        var one: UInt64 = 1
        _ = unsafe write(stopper.raw, &one, 8)
        thread.join()
    }
}
