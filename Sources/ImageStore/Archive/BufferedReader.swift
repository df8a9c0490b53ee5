import LinuxSystem

/// Hands out the bytes of a source in pieces of the caller's choice, without copying bulk data.
final class BufferedReader {
    private let source: any BufferSource
    private var buffer = ByteBuffer(capacity: sourceBufferSize)
    private var start = 0
    private var end = 0
    /// Bytes handed out so far.
    private(set) var offset = 0

    init(_ source: any BufferSource) {
        self.source = source
    }

    /// The next bytes, at most `limit`; empty at the end.
    ///
    /// They are valid until the next call.
    func chunk(upTo limit: Int) throws(ApusError) -> UnsafeRawBufferPointer {
        if start == end {
            (start, end) = (0, 0)
            let filled = try source.exchange(buffer)
            (buffer, end) = (filled.buffer, filled.count)
        }
        let count = min(limit, end - start)
        defer {
            start += count
            offset += count
        }
        return unsafe UnsafeRawBufferPointer(rebasing: buffer.bytes[start..<start + count])
    }

    /// The next `count` bytes, fewer only at the end.
    ///
    /// `count` is small and never a number from outside.
    func bytes(_ count: Int) throws(ApusError) -> [UInt8] {
        var result = [UInt8]()
        result.reserveCapacity(count)
        while result.count < count {
            let piece = try unsafe chunk(upTo: count - result.count)
            if unsafe piece.isEmpty { break }
            unsafe result.append(contentsOf: piece)
        }
        return result
    }

    /// Passes over `count` bytes; false where the source ends before.
    func skip(_ count: Int) throws(ApusError) -> Bool {
        var left = count
        while left > 0 {
            if start == end {
                let skipped = source.skip(left)
                offset += skipped
                left -= skipped
                if left == 0 { return true }
            }
            let piece = try unsafe chunk(upTo: left)
            if unsafe piece.isEmpty { return false }
            left -= piece.count
        }
        return true
    }

    /// Passes over everything that is left, so that the digests below cover it.
    func drain() throws(ApusError) {
        while try unsafe !chunk(upTo: .max).isEmpty {}
    }
}
