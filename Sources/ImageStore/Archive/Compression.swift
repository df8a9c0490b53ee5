import LinuxSystem

/// How an archive is compressed, told by its first bytes and never by its name.
enum Compression: String, Sendable, Equatable, CaseIterable {
    case none, gzip, zstd, xz, bzip2

    /// Tells by the first bytes; six are enough.
    init(sniffing first: some Collection<UInt8>) {
        let bytes = Array(first.prefix(6))
        if bytes.starts(with: [0x1f, 0x8b]) {
            self = .gzip
        } else if bytes.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) || isZstdSkippableFrame(bytes) {
            self = .zstd
        } else if bytes.starts(with: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]) {
            self = .xz
        } else if bytes.starts(with: [0x42, 0x5a, 0x68]), bytes.count > 3, (0x31...0x39).contains(bytes[3]) {
            self = .bzip2
        } else {
            self = .none
        }
    }

    /// The plain bytes of `source`, which holds bytes of this compression.
    ///
    /// - Parameter size: how many bytes the source has; nil for a stream. What is long is worth a helper's start.
    func plain(_ source: any ByteSource, size: Int?) throws(ApusError) -> any ByteSource {
        switch self {
        case .none: source
        case .gzip: if let fast = try IgzipSource(source, size: size) { fast } else { try DecompressingSource(source, GzipDecoder()) }
        case .zstd: try DecompressingSource(source, ZstdDecoder())
        case .xz: try DecompressingSource(source, XZDecoder())
        case .bzip2: try DecompressingSource(source, Bzip2Decoder())
        }
    }
}

/// Skippable frames carry what is no data and may come first (RFC 8878, 3.1.2).
private func isZstdSkippableFrame(_ bytes: [UInt8]) -> Bool {
    bytes.count >= 4 && bytes[0] & 0xf0 == 0x50 && bytes[1...3].elementsEqual([0x2a, 0x4d, 0x18])
}

/// One decompression library: bytes in, bytes out, state between the calls.
protocol StreamDecoder: AnyObject {
    /// Its name for errors.
    static var name: String { get }

    /// Decodes some of `input` into `output`; neither is kept.
    ///
    /// - Parameter atEnd: there is nothing after `input`.
    func decode(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, atEnd: Bool
    ) throws(ApusError) -> DecodeStep
}

/// What a decoder did in one call.
struct DecodeStep {
    /// Bytes taken from the input.
    var consumed: Int
    /// Bytes put into the output.
    var produced: Int
    /// Whether the input may end here: a whole member, frame or stream is decoded.
    var complete: Bool
}

/// The plain bytes of a compressed source.
///
/// Members that follow each other are one run, as with gzip(1).
final class DecompressingSource<Decoder: StreamDecoder>: ByteSource {
    private let source: any ByteSource
    private let decoder: Decoder
    private let input = ByteBuffer(capacity: sourceBufferSize)
    private var start = 0
    private var end = 0
    private var atEnd = false
    private var complete = false

    init(_ source: any ByteSource, _ decoder: Decoder) {
        self.source = source
        self.decoder = decoder
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ApusError) -> Int {
        while true {
            if start == end && !atEnd {
                start = 0
                end = try unsafe source.read(into: input.bytes)
                atEnd = end == 0
            }
            if atEnd && start == end && complete { return 0 }
            let piece = unsafe UnsafeRawBufferPointer(rebasing: input.bytes[start..<end])
            let step = try unsafe decoder.decode(piece, into: buffer, atEnd: atEnd)
            start += step.consumed
            complete = step.complete
            if step.produced > 0 { return step.produced }
            if atEnd && step.consumed == 0 && !complete { throw ApusError(.malformed, "the \(Decoder.name) data ends early") }
        }
    }
}
