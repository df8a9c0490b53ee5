import Glibc
import LinuxSystem

/// The user's terminal in raw mode.
///
/// Its own mode comes back by `leave`, and when a crash ends the program.
enum RawTerminal {
    // Written by one thread before raw mode is set, read by it or by a handler on it.
    nonisolated(unsafe) private static var saved = termios()
    nonisolated(unsafe) private static var raw = termios()
    nonisolated(unsafe) private static var terminal: Int32 = -1

    /// Sets raw mode (termios(3), cfmakeraw).
    ///
    /// - Parameter endsLines: whether line ends still get their carriage return (OPOST), which the program's terminal does not add.
    static func enter(_ descriptor: Int32, endsLines: Bool) throws(ApusError) {
        var mode = termios()
        try systemCall("cannot read the terminal's mode") { unsafe tcgetattr(descriptor, &mode) }
        unsafe saved = mode
        unsafe cfmakeraw(&mode)
        if endsLines { mode.c_oflag |= tcflag_t(OPOST) }
        unsafe raw = mode
        unsafe terminal = descriptor
        for number in [SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE] {
            _ = signal(number) { number in
                RawTerminal.leave()
                _ = signal(number, SIG_DFL)
                raise(number)
            }
        }
        // In the background this stops us until the user brings us to the front (SIGTTOU).
        try systemCall("cannot set the terminal's mode") { unsafe tcsetattr(descriptor, TCSANOW, &raw) }
    }

    /// Sets the terminal's own mode again.
    static func leave() {
        restore()
        unsafe terminal = -1
    }

    /// Gives the terminal back and stops, as Ctrl-Z would.
    static func pause() {
        restore()
        raise(SIGSTOP)
    }

    /// Takes the terminal again after a stop.
    static func resume() {
        if unsafe terminal >= 0 { _ = unsafe tcsetattr(terminal, TCSANOW, &raw) }
    }

    private static func restore() {
        if unsafe terminal < 0 { return }
        // In the background the terminal is another's, with a mode of its own; to touch it would stop us.
        let owner = unsafe tcgetpgrp(terminal)
        if owner < 0 || owner == getpgrp() { _ = unsafe tcsetattr(terminal, TCSANOW, &saved) }
    }
}
