import Glibc
import LinuxSystem
import OCISpec

/// Where bytes go, from front to back: the counterpart of `ByteSource`.
protocol ByteSink: AnyObject {
    /// Takes all of `bytes`; they are not kept.
    func write(_ bytes: UnsafeRawBufferPointer) throws(ApusError)
}

extension ByteSink {
    /// Takes bytes that are in memory.
    func write(_ bytes: [UInt8]) throws(ApusError) {
        var failure: ApusError?
        unsafe bytes.withUnsafeBytes { buffer in
            do throws(ApusError) { try unsafe write(buffer) } catch { failure = error }
        }
        if let failure { throw failure }
    }
}

/// Writes to an open descriptor, which stays the caller's, in large pieces.
final class DescriptorSink: ByteSink {
    private let fd: Int32
    private let name: String
    private let buffer = ByteBuffer(capacity: sourceBufferSize)
    private var used = 0

    init(_ fd: Int32, name: String) {
        self.fd = fd
        self.name = name
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(ApusError) {
        if bytes.count >= sourceBufferSize {
            try flush()
            return try unsafe writeWhole(fd, bytes, name: name)
        }
        if used + bytes.count > sourceBufferSize { try flush() }
        unsafe UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[used...]).copyMemory(from: bytes)
        used += bytes.count
    }

    /// Writes what is held back.
    ///
    /// Nothing is written at the end of its life: a failure would be lost.
    func flush() throws(ApusError) {
        try unsafe writeWhole(fd, UnsafeRawBufferPointer(rebasing: buffer.bytes[..<used]), name: name)
        used = 0
    }
}

/// Passes bytes on and computes their digest.
final class HashingSink: ByteSink {
    private let next: any ByteSink
    private var hash = Sha256()

    init(_ next: any ByteSink) { self.next = next }

    /// The digest of what went through so far.
    var digest: Digest { hash.digest() }
    /// How many bytes went through so far.
    var count: Int { hash.count }

    func write(_ bytes: UnsafeRawBufferPointer) throws(ApusError) {
        unsafe hash.update(bytes)
        try unsafe next.write(bytes)
    }
}
