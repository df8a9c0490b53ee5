import CCompression
import LinuxSystem

/// xz by liblzma: streams follow each other, padded with zeros (xz(1)).
@safe final class XZDecoder: StreamDecoder {
    static let name = "xz"
    /// Enough for `xz -9` with its dictionary of 64 MiB; a header that asks for more is refused.
    private static let memoryLimit: UInt64 = 128 << 20
    /// LZMA_CONCATENATED, a macro that Swift cannot see.
    private static let concatenated: UInt32 = 0x08
    private let stream: UnsafeMutablePointer<lzma_stream>
    private var complete = false

    init() throws(ApusError) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: lzma_stream())
        let result = unsafe lzma_stream_decoder(stream, Self.memoryLimit, Self.concatenated)
        if result != LZMA_OK { throw ApusError(.system, "cannot start liblzma (\(result.rawValue))") }
    }

    deinit {
        unsafe lzma_end(stream)
        unsafe stream.deallocate()
    }

    func decode(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, atEnd: Bool
    ) throws(ApusError) -> DecodeStep {
        if complete { return DecodeStep(consumed: 0, produced: 0, complete: true) }
        unsafe stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_in = input.count
        unsafe stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_out = output.count
        let result = unsafe lzma_code(stream, atEnd ? LZMA_FINISH : LZMA_RUN)
        switch result {
        case LZMA_STREAM_END: complete = true
        case LZMA_OK, LZMA_BUF_ERROR: break
        case LZMA_MEM_ERROR: throw ApusError(.system, "liblzma has no memory left")
        case LZMA_MEMLIMIT_ERROR:
            throw ApusError(.malformed, "the xz data needs more than \(Self.memoryLimit >> 20) MiB of memory", hint: "pack it with xz -9 or less")
        default: throw ApusError(.malformed, "the xz data is damaged")
        }
        return unsafe DecodeStep(
            consumed: input.count - stream.pointee.avail_in, produced: output.count - stream.pointee.avail_out, complete: complete)
    }
}
