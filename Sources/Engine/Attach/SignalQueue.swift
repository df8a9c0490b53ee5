import Glibc
import LinuxSystem

/// Signals that are read from a descriptor instead of interrupting (signalfd(2)).
struct SignalQueue: ~Copyable {
    /// Readable while a signal waits.
    let descriptor: OwnedFD

    /// Takes over the given signals of this process.
    init(_ signals: [Int32]) throws(ApusError) {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for signal in signals { unsafe sigaddset(&set, signal) }
        unsafe sigprocmask(SIG_BLOCK, &set, nil)
        descriptor = OwnedFD(adopting: try systemCall("cannot receive signals") { unsafe signalfd(-1, &set, Int32(SFD_CLOEXEC.rawValue | SFD_NONBLOCK.rawValue)) })
    }

    /// The next signal that waits; nil when none does.
    func next() -> Int32? {
        var information = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        let count = unsafe read(descriptor.raw, &information, size)
        return count == size ? Int32(information.ssi_signo) : nil
    }
}
