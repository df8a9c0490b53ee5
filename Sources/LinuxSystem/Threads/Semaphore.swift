import Glibc

/// A counter that threads wait on (sem_overview(7)).
@safe public final class Semaphore: @unchecked Sendable {
    // The kernel and other threads know its address, so it must not move.
    private let counter: UnsafeMutablePointer<sem_t>

    /// Makes a counter with a value.
    public init(_ value: UInt32) {
        unsafe counter = .allocate(capacity: 1)
        unsafe sem_init(counter, 0, value)
    }

    deinit {
        unsafe sem_destroy(counter)
        unsafe counter.deallocate()
    }

    /// Adds one and wakes who waits.
    public func signal() { unsafe sem_post(counter) }

    /// Waits until the counter is above zero and takes one off.
    public func wait() { while unsafe sem_wait(counter) != 0 && errno == EINTR {} }
}
