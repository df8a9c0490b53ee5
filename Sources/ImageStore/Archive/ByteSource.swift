import Glibc
import LinuxSystem

/// A run of bytes that is read once, from front to back.
///
/// Sources are stacked: file, hash of the compressed bytes, decompression, hash of the plain bytes, tar. Each holds one
/// buffer of fixed size, so memory does not grow with the archive. A source belongs to one thread.
protocol ByteSource: BufferSource {
    /// Fills at least one byte of `buffer`, which is not empty; 0 means the end, also when asked again.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ApusError) -> Int
}

/// What hands out bytes a buffer at a time.
protocol BufferSource: AnyObject {
    /// A filled buffer in exchange for one of `sourceBufferSize` bytes that is no longer needed, which may be the same.
    func exchange(_ buffer: ByteBuffer) throws(ApusError) -> FilledBuffer

    /// Passes over up to `count` bytes where that costs nothing; answers how many, 0 where they must be read.
    func skip(_ count: Int) -> Int
}

/// A buffer with bytes at its beginning; with none at the end of the source.
struct FilledBuffer {
    var buffer: ByteBuffer
    var count: Int
}

extension BufferSource {
    func skip(_ count: Int) -> Int { 0 }
}

extension ByteSource {
    func exchange(_ buffer: ByteBuffer) throws(ApusError) -> FilledBuffer {
        FilledBuffer(buffer: buffer, count: try unsafe read(into: buffer.bytes))
    }
}

/// How many bytes the sources hold at once.
let sourceBufferSize = 256 << 10

extension ByteSource {
    /// Reads to the end and forgets, for what counts or keeps the bytes underneath.
    func drain() throws(ApusError) {
        let buffer = ByteBuffer(capacity: sourceBufferSize)
        while try unsafe read(into: buffer.bytes) > 0 {}
    }

    /// Everything that is left.
    ///
    /// - Throws: `.malformed` where that is more than `limit` bytes.
    func readAll(limit: Int, _ object: @autoclosure () -> String) throws(ApusError) -> [UInt8] {
        var content = [UInt8]()
        let buffer = ByteBuffer(capacity: 64 << 10)
        while true {
            let count = try unsafe read(into: buffer.bytes)
            if count == 0 { return content }
            if count > limit - content.count { throw ApusError(.malformed, "\(object()) is longer than \(limit) bytes") }
            unsafe content.append(contentsOf: buffer.bytes[..<count])
        }
    }
}

/// Memory of fixed size at a fixed place, for the C libraries and for system calls.
@safe final class ByteBuffer {
    let bytes: UnsafeMutableRawBufferPointer

    init(capacity: Int) {
        unsafe bytes = .allocate(byteCount: capacity, alignment: 64)
    }

    deinit { unsafe bytes.deallocate() }
}

/// What comes out of a pipe, a socket or a device.
final class FileSource: ByteSource {
    private let file: SharedFile

    init(_ file: SharedFile) {
        self.file = file
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ApusError) -> Int {
        let raw = file.fd.raw
        return try systemCall("cannot read \(file.name)") { unsafe Glibc.read(raw, buffer.baseAddress, buffer.count) }
    }
}

/// An open file that several readers share; they use pread(2), which has no common offset.
final class SharedFile: Sendable {
    let fd: OwnedFD
    let name: String

    init(_ fd: consuming OwnedFD, name: String) {
        self.fd = fd
        self.name = name
    }
}

/// A region of a file that others read as well (pread(2)).
final class RegionSource: ByteSource {
    private let file: SharedFile
    private var offset: Int
    private var left: Int

    init(_ file: SharedFile, offset: Int, size: Int) {
        self.file = file
        self.offset = offset
        left = size
    }

    func skip(_ count: Int) -> Int {
        let done = min(count, left)
        offset += done
        left -= done
        return done
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ApusError) -> Int {
        if left == 0 { return 0 }
        let (raw, position, count) = (file.fd.raw, offset, min(left, buffer.count))
        let done = try systemCall("cannot read \(file.name)") { unsafe pread(raw, buffer.baseAddress, count, position) }
        if done == 0 { throw ApusError(.malformed, "the archive ends \(left) bytes early") }
        offset += done
        left -= done
        return done
    }
}

/// Bytes that were read already, and then the rest of their source.
final class PrefixedSource: ByteSource {
    private var prefix: ArraySlice<UInt8>
    private let rest: (any ByteSource)?

    init(_ prefix: [UInt8], then rest: (any ByteSource)?) {
        self.prefix = prefix[...]
        self.rest = rest
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ApusError) -> Int {
        if prefix.isEmpty { return try unsafe rest?.read(into: buffer) ?? 0 }
        let count = min(prefix.count, buffer.count)
        unsafe buffer.copyBytes(from: prefix.prefix(count))
        prefix.removeFirst(count)
        return count
    }
}
