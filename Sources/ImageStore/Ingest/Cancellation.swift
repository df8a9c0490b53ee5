public import LinuxSystem
import Synchronization

/// Ends what several threads do, from any of them or from outside.
public final class Cancellation: Sendable {
    private let first = Mutex<ApusError?>(nil)

    /// Nothing is cancelled yet.
    public init() {}

    /// Lets all of it fail; the first reason counts.
    public func cancel(because failure: ApusError) { first.withLock { $0 = $0 ?? failure } }

    /// The reason; nil while there is none.
    var failure: ApusError? { first.withLock { $0 } }

    func check() throws(ApusError) {
        if let failure { throw failure }
    }
}
