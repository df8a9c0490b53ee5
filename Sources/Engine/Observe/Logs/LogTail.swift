import Glibc
import LinuxSystem

/// Finds where the last lines of a log begin, reading the file from its end.
///
/// A line counts where it ends; its parts may lie far before, between those of the other stream. So each stream has a beginning of its own.
struct LogTail {
    /// How far before a line's last known part further parts are looked for.
    static let reach = 1 << 20

    private let wanted: Int
    private var selected = 0
    private var starts: ByStream<Int>
    private var isSelecting = ByStream(false)
    private var isDone = ByStream(false)

    private init(lines: Int, size: Int) {
        wanted = lines
        starts = ByStream(size)
    }

    /// The offsets from which on the entries of each stream belong to the last `lines` lines of the first `size` bytes.
    ///
    /// - Parameter block: how many bytes are read at once.
    static func starts(of file: borrowing OwnedFD, size: Int, lines: Int, block: Int = 1 << 16) throws(ApusError) -> ByStream<Int> {
        var tail = LogTail(lines: lines, size: size)
        var position = size
        // Of the entry that `position` lies in, what comes behind it.
        var rest: [UInt8] = []
        let raw = file.raw
        while position > 0, !tail.isComplete(at: position) {
            let length = min(block, position)
            var bytes = [UInt8](repeating: 0, count: length)
            var filled = 0
            while filled < length {
                let count = try systemCall("cannot read the log") {
                    unsafe bytes.withUnsafeMutableBytes { room in unsafe pread(raw, room.baseAddress! + filled, length - filled, position - length + filled) }
                }
                // Cut off meanwhile.
                if count == 0 { return ByStream(0) }
                filled += count
            }
            position -= length
            bytes += rest
            var end = bytes.count
            // Backwards; a line feed at the very end of the file ends no empty entry.
            var index = length - 1
            while index >= 0 {
                if bytes[index] == UInt8(ascii: "\n") {
                    if end > index + 1 { tail.take(bytes[(index + 1)..<end], at: position + index + 1) }
                    end = index
                    if tail.isComplete(at: position + index) { return tail.starts }
                }
                index -= 1
            }
            rest = end > LogReader.longestEntry ? [] : Array(bytes[..<end])
        }
        if position == 0 && !rest.isEmpty { tail.take(rest[...], at: 0) }
        return tail.starts
    }

    private mutating func take(_ line: ArraySlice<UInt8>, at offset: Int) {
        guard let entry = LogEntry(line), !isDone[entry.stream] else { return }
        let isPart = entry.isPartial && isSelecting[entry.stream]
        if !isPart && selected == wanted { return isDone[entry.stream] = true }
        if !isPart { selected += 1 }
        isSelecting[entry.stream] = true
        starts[entry.stream] = offset
    }

    /// Whether nothing before `offset` can belong to the wanted lines.
    private func isComplete(at offset: Int) -> Bool {
        guard selected == wanted else { return false }
        return [LogStream.output, .error].allSatisfy { isDone[$0] || !isSelecting[$0] || starts[$0] - offset > Self.reach }
    }
}
