import CShim
import Glibc

/// The sentence for an errno with its name, for example `no such file or directory (ENOENT)`.
public func describe(errno number: Int32) -> String {
    let text = unsafe String(cString: strerror(number))
    guard let name = unsafe apus_errno_name(number) else { return "errno \(number)" }
    let sentence = text.prefix(1).lowercased() + text.dropFirst()
    return unsafe "\(sentence) (\(String(cString: name)))"
}

/// What to do when a signal interrupts a call (EINTR).
public enum Interruption: Sendable {
    /// Call again.
    case retry
    /// Hand EINTR to the caller, who waits for a signal.
    case report
}

/// The one door to system calls that answer -1 and set errno: errno is copied before anything else can run.
///
/// - Parameter message: what was being done; evaluated only when the call failed.
/// - Throws: `ApusError` with the call's errno.
@discardableResult
@inline(__always)
public func systemCall<Result: FixedWidthInteger & SignedInteger>(
    _ message: @autoclosure () -> String, onInterrupt: Interruption = .retry, _ body: () -> Result
) throws(ApusError) -> Result {
    while true {
        let result = body()
        if result != -1 { return result }
        let number = errno
        if number == EINTR && onInterrupt == .retry { continue }
        throw ApusError(errno: number, message())
    }
}
