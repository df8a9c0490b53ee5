import LinuxSystem

@testable import ImageStore

enum CompressionFuzz {
    /// No more plain bytes than this.
    private static let limit = 4 << 20

    static func run(_ target: ImageFuzzTarget, _ input: [UInt8]) throws(ApusError) -> String? {
        // The formats before zstd 1.0, which libzstd knows too, are decoded another way where a piece ends within a frame's beginning.
        if target == .zstd,
            input.indices.dropLast(3).contains(where: { (0x1e...0x27).contains(input[$0]) && input[($0 + 1)...].starts(with: [0xb5, 0x2f, 0xfd]) })
        {
            return nil
        }
        let whole = outcome(target, PrefixedSource(input, then: nil))
        let pieces = outcome(target, PiecedSource(input))
        switch (whole, pieces) {
        case (.success(let one), .success(let other)): return one == other ? nil : "\(one.count) bytes as a whole, \(other.count) in pieces"
        case (.failure(let error), .failure): throw error
        case (.success(let bytes), .failure(let error)): return "\(bytes.count) bytes as a whole, but in pieces \(error)"
        case (.failure(let error), .success(let bytes)): return "\(bytes.count) bytes in pieces, but as a whole \(error)"
        }
    }

    private static func outcome(_ target: ImageFuzzTarget, _ source: any ByteSource) -> Result<[UInt8], ApusError> {
        do throws(ApusError) {
            let plain: any ByteSource =
                switch target {
                case .gzip: DecompressingSource(source, try GzipDecoder())
                case .zstd: DecompressingSource(source, try ZstdDecoder())
                case .xz: DecompressingSource(source, try XZDecoder())
                default: DecompressingSource(source, try Bzip2Decoder())
                }
            var bytes = [UInt8]()
            let buffer = ByteBuffer(capacity: 64 << 10)
            while bytes.count < limit {
                let count = try unsafe plain.read(into: buffer.bytes)
                if count == 0 { break }
                unsafe bytes.append(contentsOf: buffer.bytes[..<count])
            }
            return .success(Array(bytes.prefix(limit)))
        } catch {
            return .failure(error)
        }
    }
}

/// Hands out bytes in pieces of few.
private final class PiecedSource: ByteSource {
    private var rest: ArraySlice<UInt8>
    private var size = 1

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        size = size % 13 + 1
        let piece = rest.prefix(min(size, buffer.count))
        unsafe buffer.copyBytes(from: piece)
        rest = rest.dropFirst(piece.count)
        return piece.count
    }
}
