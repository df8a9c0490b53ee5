import Glibc
import LinuxSystem

/// The user's terminal in raw mode.
///
/// Its own mode comes back by `leave`, and when a signal ends the program.
enum RawTerminal {
    // Written by one thread before raw mode is set, read by it or by a handler on it.
    nonisolated(unsafe) private static var saved = termios()
    nonisolated(unsafe) private static var terminal: Int32 = -1

    /// Sets raw mode (termios(3), cfmakeraw).
    static func enter(_ descriptor: Int32) throws(ApusError) {
        var mode = termios()
        try systemCall("cannot read the terminal's mode") { unsafe tcgetattr(descriptor, &mode) }
        unsafe saved = mode
        unsafe terminal = descriptor
        for number in [SIGHUP, SIGQUIT, SIGABRT, SIGSEGV, SIGBUS] {
            _ = signal(number) { number in
                RawTerminal.leave()
                _ = signal(number, SIG_DFL)
                raise(number)
            }
        }
        unsafe cfmakeraw(&mode)
        try systemCall("cannot set the terminal's mode") { unsafe tcsetattr(descriptor, TCSANOW, &mode) }
    }

    /// Sets the terminal's own mode again.
    static func leave() {
        if unsafe terminal < 0 { return }
        _ = unsafe tcsetattr(terminal, TCSANOW, &saved)
        unsafe terminal = -1
    }
}
