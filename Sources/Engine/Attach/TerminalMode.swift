import Glibc
import LinuxSystem

/// The user's terminal in raw mode; its own mode comes back when the value ends its life, and when a signal ends the program.
public struct RawTerminal: ~Copyable {
    private let descriptor: Int32

    /// Sets raw mode (termios(3), cfmakeraw).
    public init(_ descriptor: Int32) throws(ApusError) {
        var mode = termios()
        try systemCall("cannot read the terminal's mode") { unsafe tcgetattr(descriptor, &mode) }
        self.descriptor = descriptor
        TerminalRestorer.remember(mode, of: descriptor)
        unsafe cfmakeraw(&mode)
        try systemCall("cannot set the terminal's mode") { unsafe tcsetattr(descriptor, TCSANOW, &mode) }
    }

    deinit { TerminalRestorer.restore() }
}

/// The mode to come back to, also from a signal handler.
private enum TerminalRestorer {
    // Written by one thread before raw mode is set, read by it or by a handler on it.
    nonisolated(unsafe) private static var saved = termios()
    nonisolated(unsafe) private static var descriptor: Int32 = -1

    static func remember(_ mode: termios, of number: Int32) {
        unsafe saved = mode
        unsafe descriptor = number
        for number in [SIGHUP, SIGQUIT, SIGABRT, SIGSEGV, SIGBUS] {
            unsafe signal(number) { number in
                TerminalRestorer.restore()
                _ = unsafe signal(number, SIG_DFL)
                raise(number)
            }
        }
    }

    static func restore() {
        if unsafe descriptor < 0 { return }
        _ = unsafe tcsetattr(descriptor, TCSANOW, &saved)
        unsafe descriptor = -1
    }
}
