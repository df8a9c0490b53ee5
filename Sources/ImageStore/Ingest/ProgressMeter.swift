import LinuxSystem
import Synchronization

/// How far a load is.
public struct LoadProgress: Sendable, Equatable {
    /// Bytes of the archive's layers that were read.
    public var done: Int
    /// How many there are; nil for a stream.
    public var total: Int?

    /// Describes a moment of a load.
    public init(done: Int, total: Int?) {
        self.done = done
        self.total = total
    }
}

/// Counts what all layers of a load have read, and tells of it about every 4 MiB and at the end.
final class ProgressMeter: Sendable {
    private static let step = 4 << 20

    private struct State {
        var progress: LoadProgress
        var reported = 0
    }

    private let state: Mutex<State>
    private let report: @Sendable (LoadProgress) -> Void

    init(total: Int?, _ report: @escaping @Sendable (LoadProgress) -> Void = { _ in }) {
        state = Mutex(State(progress: LoadProgress(done: 0, total: total)))
        self.report = report
    }

    /// Says how many bytes there will be.
    func expect(_ total: Int) { state.withLock { $0.progress.total = total } }

    /// Counts bytes.
    ///
    /// The reports come one at a time.
    func advance(_ count: Int) {
        state.withLock { state in
            state.progress.done += count
            guard state.progress.done - state.reported >= Self.step || state.progress.done == state.progress.total else { return }
            state.reported = state.progress.done
            report(state.progress)
        }
    }
}

/// Counts the bytes that pass.
final class MeteredSource: ByteSource {
    private let source: any ByteSource
    private let meter: ProgressMeter
    private let passed = Atomic(0)

    /// How many there were, for any thread.
    var count: Int { passed.load(ordering: .relaxed) }

    init(_ source: any ByteSource, _ meter: ProgressMeter) {
        self.source = source
        self.meter = meter
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ApusError) -> Int {
        let count = try unsafe source.read(into: buffer)
        passed.add(count, ordering: .relaxed)
        meter.advance(count)
        return count
    }
}
