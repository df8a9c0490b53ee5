import Synchronization

/// A value that one thread will have and others wait for.
public final class Promise<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)
    private let isKept = Semaphore(0)

    /// Nothing yet.
    public init() {}

    /// Gives the value; once.
    public func keep(_ value: Value) {
        self.value.withLock { $0 = value }
        isKept.signal()
    }

    /// Waits for the value.
    public func wait() -> Value {
        while true {
            isKept.wait()
            // For the next one who waits.
            isKept.signal()
            if let value = value.withLock({ $0 }) { return value }
        }
    }
}
