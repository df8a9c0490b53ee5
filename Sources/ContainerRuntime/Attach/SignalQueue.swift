import CShim
import LinuxSystem

/// Signals that are read from a descriptor instead of interrupting (signalfd(2)).
struct SignalQueue: ~Copyable {
    /// Readable while a signal waits.
    let descriptor: OwnedFD

    /// Takes over the given signals of this process.
    init(_ signals: [Int32]) throws(ApusError) {
        descriptor = OwnedFD(adopting: try systemCall("cannot receive signals") { unsafe apus_signal_queue(signals, signals.count) })
    }

    /// The next signal that waits; nil when none does.
    func next() -> Int32? {
        let signal = apus_signal_next(descriptor.raw)
        return signal > 0 ? signal : nil
    }
}
