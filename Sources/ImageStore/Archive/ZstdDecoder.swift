import CCompression
import LinuxSystem

/// Zstandard by libzstd: frames and skippable frames follow each other (RFC 8878).
///
/// Windows above 128 MiB, the library's own limit, are refused: no image tool writes them and they are memory from a header.
@safe final class ZstdDecoder: StreamDecoder {
    static let name = "zstd"
    private let stream: OpaquePointer
    private var complete = false

    init() throws(ApusError) {
        guard let stream = unsafe ZSTD_createDStream() else { throw ApusError(.system, "cannot start zstd: no memory left") }
        unsafe self.stream = stream
    }

    deinit { unsafe ZSTD_freeDStream(stream) }

    func decode(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, atEnd: Bool
    ) throws(ApusError) -> DecodeStep {
        // Between frames an empty call would begin a new one.
        if unsafe complete && input.isEmpty { return DecodeStep(consumed: 0, produced: 0, complete: true) }
        var from = unsafe ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var to = unsafe ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let result = unsafe ZSTD_decompressStream(stream, &to, &from)
        if ZSTD_isError(result) != 0 {
            throw ApusError(.malformed, "the zstd data is damaged: \(unsafe String(cString: ZSTD_getErrorName(result)).lowercased())")
        }
        complete = result == 0
        return unsafe DecodeStep(consumed: from.pos, produced: to.pos, complete: complete)
    }
}
