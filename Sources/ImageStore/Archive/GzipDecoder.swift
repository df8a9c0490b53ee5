import CCompression
import LinuxSystem

/// gzip by zlib: members follow each other, zeros after the last are padding (RFC 1952, gzip(1)).
@safe final class GzipDecoder: StreamDecoder {
    static let name = "gzip"
    /// zlib keeps a pointer to it, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    /// A member is decoded: what follows is another member, padding or the end.
    private var betweenMembers = false

    init() throws(ApusError) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // 31: the largest window, and nothing but a gzip header.
        let result = unsafe inflateInit2_(stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        if result != Z_OK { throw ApusError(.system, "cannot start zlib (\(result))") }
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    func decode(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, atEnd: Bool
    ) throws(ApusError) -> DecodeStep {
        if betweenMembers {
            let zeros = unsafe input.prefix { $0 == 0 }.count
            if unsafe zeros > 0 || input.isEmpty { return DecodeStep(consumed: zeros, produced: 0, complete: true) }
            unsafe inflateReset(stream)
            betweenMembers = false
        }
        unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        unsafe stream.pointee.avail_in = UInt32(clamping: input.count)
        unsafe stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_out = UInt32(clamping: output.count)
        let result = unsafe inflate(stream, Z_NO_FLUSH)
        let consumed = unsafe input.count - Int(stream.pointee.avail_in)
        let produced = unsafe output.count - Int(stream.pointee.avail_out)
        switch result {
        case Z_STREAM_END: betweenMembers = true
        case Z_OK, Z_BUF_ERROR: break
        case Z_MEM_ERROR: throw ApusError(.system, "zlib has no memory left")
        default: throw ApusError(.malformed, "the gzip data is damaged")
        }
        return DecodeStep(consumed: consumed, produced: produced, complete: betweenMembers)
    }
}
