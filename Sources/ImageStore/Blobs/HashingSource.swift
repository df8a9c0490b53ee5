import Glibc
import LinuxSystem
import OCISpec
import Synchronization

/// Passes bytes on and computes their digest; optionally keeps a copy in a file and counts against a limit.
final class HashingSource: ByteSource {
    private let source: any ByteSource
    private let copy: BlobWriter?
    private let budget: UnpackBudget?
    private let packed: (() -> Int)?
    private var hash = Sha256()

    /// - Parameters:
    ///   - budget: what may go through.
    ///   - packed: the size of what the bytes were unpacked from, as far as it is known.
    init(_ source: any ByteSource, copy: BlobWriter? = nil, budget: UnpackBudget? = nil, packed: (() -> Int)? = nil) {
        self.source = source
        self.copy = copy
        self.budget = budget
        self.packed = packed
    }

    /// The digest of what went through so far.
    var digest: Digest { hash.digest() }
    /// How many bytes went through so far.
    var count: Int { hash.count }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ApusError) -> Int {
        let count = try unsafe source.read(into: buffer)
        let piece = unsafe UnsafeRawBufferPointer(rebasing: buffer[..<count])
        try budget?.spend(count)
        if let packed { try budget?.compare(hash.count + count, packed: packed) }
        unsafe hash.update(piece)
        try unsafe copy?.write(piece)
        return count
    }
}

/// What one archive may still unpack to: the guard against bombs.
///
/// It is shared by all streams of the archive, so it is also where they end when the load is cancelled.
final class UnpackBudget: Sendable {
    private let limit: Int
    private let ratio: Int
    private let left: Atomic<Int>
    let cancellation: Cancellation

    /// Below this nothing is a bomb.
    private static let harmless = 1 << 30

    init(limit: Int, ratio: Int = 0, cancellation: Cancellation = Cancellation()) {
        self.limit = limit
        self.ratio = ratio
        self.cancellation = cancellation
        left = Atomic(limit)
    }

    /// Counts unpacked bytes.
    func spend(_ count: Int) throws(ApusError) {
        try cancellation.check()
        if left.subtract(count, ordering: .relaxed).newValue < 0 {
            throw ApusError(.malformed, "it unpacks to more than \(limit) bytes", hint: "raise the limit with --unpack-limit if you trust it")
        }
    }

    /// Compares what one stream has unpacked to with what it came from.
    func compare(_ count: Int, packed: () -> Int) throws(ApusError) {
        guard ratio > 0, count > Self.harmless, count / ratio > packed() else { return }
        throw ApusError(
            .malformed, "it unpacks to more than \(ratio) times its size", hint: "raise the limit with --unpack-ratio if you trust it")
    }
}

/// A blob that is being written in a workspace.
final class BlobWriter {
    private let fd: OwnedFD
    let path: String

    init(path: String) throws(ApusError) {
        self.path = path
        fd = try openFile(path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o644)
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(ApusError) {
        try unsafe writeWhole(fd.raw, bytes, name: path)
    }
}

/// Writes all bytes at the descriptor's offset.
func writeWhole(_ fd: Int32, _ bytes: UnsafeRawBufferPointer, name: @autoclosure () -> String) throws(ApusError) {
    var done = 0
    while done < bytes.count {
        done += try systemCall("cannot write \(name())") {
            guard let base = bytes.baseAddress else { return 0 }
            return unsafe write(fd, base + done, bytes.count - done)
        }
    }
}
