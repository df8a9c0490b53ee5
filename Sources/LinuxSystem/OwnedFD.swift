import CShim
import Glibc

/// A file descriptor with one owner: it is closed when the value ends its life, once, whatever happens.
public struct OwnedFD: ~Copyable, Sendable {
    /// The number, for the length of a borrow.
    public let raw: Int32

    /// Takes over a descriptor that nobody else closes.
    public init(adopting raw: Int32) {
        self.raw = raw
    }

    /// No descriptor at all, where one is optional.
    public static var none: OwnedFD { OwnedFD(adopting: -1) }

    deinit {
        // Never retried: after EINTR on Linux the number is free and may be someone else's (close(2)).
        if raw >= 0 { _ = Glibc.close(raw) }
    }

    /// Closes and reports the error that a written file may have kept until now (EIO, ENOSPC, EDQUOT).
    public consuming func close(_ object: @autoclosure () -> String) throws(ApusError) {
        let number = raw
        discard self
        if Glibc.close(number) == -1 && errno != EINTR {
            let error = errno
            throw ApusError(errno: error, "cannot close \(object())")
        }
    }

    /// Hands the descriptor to an owner outside Swift.
    public consuming func take() -> Int32 {
        let number = raw
        discard self
        return number
    }

    /// A second descriptor for the same open file, close-on-exec.
    public borrowing func duplicate() throws(ApusError) -> OwnedFD {
        let number = raw
        return OwnedFD(adopting: try systemCall("cannot duplicate descriptor \(number)") { apus_fcntl(number, F_DUPFD_CLOEXEC, 3) })
    }
}
