/// The error of every module of Apus: what was being done to which object, which call failed, and what to do about it.
///
/// It prints as one line in lower case without a final stop, for example
/// `cannot open image archive "/tmp/a.tar": no such file or directory (ENOENT)`.
public struct ApusError: Error, CustomStringConvertible, Sendable, Equatable {
    /// The class of a failure, for callers that decide by it (exit codes, retries).
    public enum Code: Sendable, Equatable {
        /// The user's input is wrong.
        case invalidArgument
        /// The named object does not exist.
        case notFound
        /// The object exists already or is in use.
        case conflict
        /// Apus or this host cannot do what was asked.
        case notSupported
        /// The kernel refused for want of privilege.
        case permissionDenied
        /// Data read from outside is damaged or hostile.
        case malformed
        /// The command exists but cannot be executed (exit code 126).
        case cannotExecute
        /// The command does not exist in the container (exit code 127).
        case commandNotFound
        /// Any other failed system call.
        case system
    }

    /// The class of the failure.
    public let code: Code
    /// What was being done to which object.
    public let message: String
    /// The errno of the failed call; 0 where no call failed.
    public let errno: Int32
    /// What the user can do about it.
    public let hint: String?

    /// Makes an error from its parts.
    public init(_ code: Code, _ message: String, errno: Int32 = 0, hint: String? = nil) {
        self.code = code
        self.message = message
        self.errno = errno
        self.hint = hint
    }

    /// Makes an error from a failed system call; the class follows from `errno`.
    ///
    /// `message` says what was being done ("cannot open /etc/passwd"); it is evaluated after errno was taken.
    public init(errno: Int32, _ message: String, hint: String? = nil) {
        self.init(ApusError.code(for: errno), message, errno: errno, hint: hint)
    }

    /// The one line a user reads.
    public var description: String {
        var line = message
        if errno != 0 { line += ": \(describe(errno: errno))" }
        if let hint { line += "; \(hint)" }
        return line.utf8.contains { $0 < 0x20 || $0 == 0x7f } ? ApusError.oneLine(line) : line
    }

    /// Control characters come from names and values of others, and must not end the line or speak to the terminal.
    private static func oneLine(_ line: String) -> String {
        line.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7f ? $0.escaped(asASCII: true) : String($0) }.joined()
    }

    private static func code(for errno: Int32) -> Code {
        switch errno {
        case 2: .notFound  // ENOENT
        case 17: .conflict  // EEXIST
        case 1, 13: .permissionDenied  // EPERM, EACCES
        case 38, 95: .notSupported  // ENOSYS, EOPNOTSUPP
        default: .system
        }
    }
}
