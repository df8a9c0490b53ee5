import Glibc
import LinuxSystem

/// Writes a tar archive: ustar, with pax records where a member does not fit it (POSIX pax, "pax Extended Header").
///
/// What is written depends on the members alone, so the same tree gives the same bytes.
///
///     try writer.begin(entry)
///     ... try writer.write(bytes) until a file's size is reached ...
///     try writer.finish()
final class TarWriter {
    private let sink: any ByteSink
    /// Bytes of the present member's body that are still to come.
    private var bodyLeft = 0
    private var padding = 0
    /// What tells that nothing was written yet.
    private(set) var isEmpty = true

    init(_ sink: any ByteSink) { self.sink = sink }

    /// Writes the header of a member; `entry.size` bytes of a file must follow, of one with `dataRuns` the bytes of these runs.
    ///
    /// A sparse file is written in GNU's form 1.0. Its runs must be multiples of a block long, all but the last: GNU tar begins each with a block.
    func begin(_ entry: TarEntry) throws(ApusError) {
        try endBody()
        isEmpty = false
        let header = try TarMemberHeader(entry)
        try sink.write(header.bytes)
        bodyLeft = header.size
        padding = (TarHeader.size - header.size % TarHeader.size) % TarHeader.size
    }

    /// Writes bytes of the present member's body.
    func write(_ bytes: UnsafeRawBufferPointer) throws(ApusError) {
        precondition(bytes.count <= bodyLeft, "more bytes than the header says")
        bodyLeft -= bytes.count
        try unsafe sink.write(bytes)
    }

    /// Writes a whole member whose body is in memory.
    func add(_ entry: TarEntry, _ body: [UInt8] = []) throws(ApusError) {
        try begin(entry)
        precondition(body.count == bodyLeft, "another number of bytes than the header says")
        bodyLeft = 0
        try sink.write(body)
    }

    /// Writes the whole body from an open file: of a sparse one these runs, of any other all of it.
    ///
    /// - Throws: `.conflict` where the file has become shorter.
    func copyBody(from file: Int32, runs: [SparseRun]?, name: @autoclosure () -> String) throws(ApusError) {
        let buffer = ByteBuffer(capacity: sourceBufferSize)
        for run in runs ?? [SparseRun(offset: 0, length: bodyLeft)] {
            var (offset, left) = (run.offset, run.length)
            while left > 0 {
                let wanted = min(left, sourceBufferSize)
                let count = try systemCall("cannot read \(name())") { unsafe pread(file, buffer.bytes.baseAddress, wanted, offset) }
                if count == 0 { throw ApusError(.conflict, "\(name()) became shorter while it was read") }
                try unsafe write(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<count]))
                offset += count
                left -= count
            }
        }
    }

    /// Writes the two blocks that close an archive.
    func finish() throws(ApusError) {
        try endBody()
        try sink.write([UInt8](repeating: 0, count: 2 * TarHeader.size))
    }

    private func endBody() throws(ApusError) {
        precondition(bodyLeft == 0, "fewer bytes than the header says")
        if padding > 0 { try sink.write([UInt8](repeating: 0, count: padding)) }
        padding = 0
    }
}
