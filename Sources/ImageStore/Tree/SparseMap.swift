import Glibc
import LinuxSystem

/// The parts of a file that are no holes, by its content: what is read where the kernel says that data is (lseek(2), SEEK_DATA) and is only
/// zeros counts as a hole too.
///
/// So it is the same on every file system, whatever the size of its blocks.
struct SparseMap {
    /// Holes are looked for in pieces of this size; no usual file system has larger blocks.
    private static let piece = 64 << 10
    /// As many as fit into a map of 1 MiB, which is all that Go's tar reads.
    static let runLimit = 1 << 15

    /// In order; all but the last are multiples of a tar's block long.
    private(set) var runs: [SparseRun] = []

    /// Looks for the data of an open file.
    init(of file: Int32, size: Int, runLimit: Int = SparseMap.runLimit, name: @autoclosure () -> String) throws(ApusError) {
        var piece = Self.piece
        repeat {
            runs = try Self.find(in: file, size: size, piece: piece, runLimit, name: name())
            piece *= 4
        } while runs.count > runLimit
    }

    private static func find(in file: Int32, size: Int, piece: Int, _ runLimit: Int, name: @autoclosure () -> String) throws(ApusError) -> [SparseRun] {
        let (seekData, seekHole): (Int32, Int32) = (3, 4)  // Swift's Glibc does not show the macros
        let buffer = ByteBuffer(capacity: Self.piece)
        var runs = [SparseRun]()
        var end = 0
        while end < size {
            var data = lseek(file, end, seekData)
            // No data any more, or a file that became shorter.
            if data < end { break }
            let hole = lseek(file, data, seekHole)
            end = hole > data ? min(hole, size) : size
            while data < end {
                let start = data / piece * piece
                let next = min(start + piece, size)
                let known = runs.last.map { $0.offset + $0.length } ?? 0
                if start >= known, try holdsData(file, data, min(next, end) - data, buffer, name()) {
                    if start == known, !runs.isEmpty {
                        runs[runs.count - 1].length += next - start
                    } else {
                        runs.append(SparseRun(offset: start, length: next - start))
                    }
                    if runs.count > runLimit { return runs }
                }
                data = next
            }
        }
        return runs
    }

    /// Whether any of these bytes is not zero.
    private static func holdsData(_ file: Int32, _ offset: Int, _ length: Int, _ buffer: ByteBuffer, _ name: @autoclosure () -> String) throws(ApusError)
        -> Bool
    {
        var done = 0
        while done < length {
            let wanted = min(length - done, Self.piece)
            let count = try systemCall("cannot read \(name())") { unsafe pread(file, buffer.bytes.baseAddress, wanted, offset + done) }
            // Copying it will find the same.
            if count == 0 { return true }
            if unsafe !isZero(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<count])) { return true }
            done += count
        }
        return false
    }

    private static func isZero(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let base = bytes.baseAddress else { return true }
        // All bytes are the one before them, and the first is zero.
        return unsafe bytes[0] == 0 && memcmp(base, base + 1, bytes.count - 1) == 0
    }
}

extension FileStatus {
    /// How many bytes of a file take no room; 0 where none do.
    var holes: Int { max(0, st_size - st_blocks * 512) }
}

extension Int {
    /// The sum, or the largest number: sizes of sparse files are only claims.
    func addingSaturated(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
