import LinuxSystem
import Synchronization

/// Reads a source on a thread of its own, a few buffers ahead of who takes them.
///
/// Full buffers are handed over in exchange for empty ones, so nothing is copied and memory is `depth` buffers.
/// The source belongs to that thread until its end or a failure was handed over.
final class ReadAheadSource: BufferSource {
    private static let depth = 8

    /// One buffer on its way: the reading thread's while counted in `empty`, the taker's while counted in `full`.
    private final class Slot {
        var buffer = ByteBuffer(capacity: sourceBufferSize)
        var count: Result<Int, ApusError> = .success(0)
    }

    /// What both threads see.
    @safe private final class Ring: @unchecked Sendable {
        let source: any ByteSource
        let slots = (0..<ReadAheadSource.depth).map { _ in Slot() }
        let empty = Semaphore(UInt32(ReadAheadSource.depth))
        let full = Semaphore(0)
        let isStopped = Atomic(false)

        init(_ source: any ByteSource) { self.source = source }

        func readToEnd() {
            for slot in sequence(first: 0, next: { ($0 + 1) % ReadAheadSource.depth }).lazy.map({ [slots] in slots[$0] }) {
                empty.wait()
                if isStopped.load(ordering: .acquiring) { return }
                do throws(ApusError) {
                    let count = try unsafe source.read(into: slot.buffer.bytes)
                    slot.count = .success(count)
                    full.signal()
                    if count == 0 { return }
                } catch {
                    slot.count = .failure(error)
                    return full.signal()
                }
            }
        }
    }

    private let ring: Ring
    private var thread: WorkerThread?
    private var next = 0

    init(_ source: any ByteSource) throws(ApusError) {
        let ring = Ring(source)
        self.ring = ring
        thread = try WorkerThread { ring.readToEnd() }
    }

    deinit {
        // Given up before the end: the thread may wait for a slow source, and ends when that has answered.
        ring.isStopped.store(true, ordering: .releasing)
        ring.empty.signal()
        thread?.detach()
    }

    func exchange(_ buffer: ByteBuffer) throws(ApusError) -> FilledBuffer {
        guard let running = thread else { return FilledBuffer(buffer: buffer, count: 0) }
        ring.full.wait()
        let slot = ring.slots[next]
        next = (next + 1) % Self.depth
        if case .success(let count) = slot.count, count > 0 {
            let full = FilledBuffer(buffer: slot.buffer, count: count)
            slot.buffer = buffer
            ring.empty.signal()
            return full
        }
        thread = nil
        running.join()
        return FilledBuffer(buffer: buffer, count: try slot.count.get())
    }
}
