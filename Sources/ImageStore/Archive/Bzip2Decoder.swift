import CCompression
import LinuxSystem

/// bzip2 by libbz2: streams follow each other, as with bzip2(1).
@safe final class Bzip2Decoder: StreamDecoder {
    static let name = "bzip2"
    private let stream: UnsafeMutablePointer<bz_stream>
    private var betweenStreams = false

    init() throws(ApusError) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: bz_stream())
        let result = unsafe BZ2_bzDecompressInit(stream, 0, 0)
        if result != BZ_OK { throw ApusError(.system, "cannot start libbz2 (\(result))") }
    }

    deinit {
        unsafe BZ2_bzDecompressEnd(stream)
        unsafe stream.deallocate()
    }

    func decode(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, atEnd: Bool
    ) throws(ApusError) -> DecodeStep {
        if betweenStreams {
            if unsafe input.isEmpty { return DecodeStep(consumed: 0, produced: 0, complete: true) }
            // The library cannot start again in place.
            unsafe BZ2_bzDecompressEnd(stream)
            unsafe stream.pointee = bz_stream()
            let result = unsafe BZ2_bzDecompressInit(stream, 0, 0)
            if result != BZ_OK { throw ApusError(.system, "cannot start libbz2 (\(result))") }
            betweenStreams = false
        }
        unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress?.assumingMemoryBound(to: CChar.self))
        unsafe stream.pointee.avail_in = UInt32(clamping: input.count)
        unsafe stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: CChar.self)
        unsafe stream.pointee.avail_out = UInt32(clamping: output.count)
        let result = unsafe BZ2_bzDecompress(stream)
        switch result {
        case BZ_STREAM_END: betweenStreams = true
        case BZ_OK: break
        case BZ_MEM_ERROR: throw ApusError(.system, "libbz2 has no memory left")
        default: throw ApusError(.malformed, "the bzip2 data is damaged")
        }
        return unsafe DecodeStep(
            consumed: input.count - Int(stream.pointee.avail_in), produced: output.count - Int(stream.pointee.avail_out),
            complete: betweenStreams)
    }
}
