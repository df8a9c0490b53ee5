import Glibc

/// A thread that runs one function (pthread_create(3)).
///
/// For work that blocks in system calls, which the threads of Swift's own concurrency should not.
public final class WorkerThread: Sendable {
    /// What the thread takes along.
    private final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    private let handle: pthread_t

    /// Starts it.
    ///
    /// Its owner calls `join` or `detach`, once.
    ///
    /// - Throws: `ApusError` where there are too many threads.
    public init(_ body: @escaping @Sendable () -> Void) throws(ApusError) {
        let box = unsafe Unmanaged.passRetained(Box(body))
        var handle = pthread_t()
        let failure = unsafe pthread_create(
            &handle, nil,
            { context in
                if let context = unsafe context { unsafe Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body() }
                return nil
            }, box.toOpaque())
        self.handle = handle
        if failure != 0 {
            unsafe box.release()
            throw ApusError(errno: failure, "cannot start a thread")
        }
    }

    /// Waits until the function has returned.
    public func join() { pthread_join(handle, nil) }

    /// Lets it end by itself.
    public func detach() { pthread_detach(handle) }
}
