public import LinuxSystem

/// Which part of a log is shown, and how.
public struct LogSelection: Sendable, Equatable {
    /// Nothing from before.
    public var since: Timestamp?
    /// Nothing from after.
    public var until: Timestamp?
    /// How many of the last lines, of both streams together; nil for all.
    public var tail: Int?
    /// Whether each line begins with its moment.
    public var timestamps = false

    /// Everything.
    public init() {}
}

/// Reads entries of a log in order and gives out the text that was selected.
///
/// Parts of a line are given out as they come, each stream's in its own order, so nothing is kept of a line however long it is.
struct LogReader {
    /// A longer entry is damaged: the monitor writes at most 32 KiB of text into one.
    static let longestEntry = 1 << 20

    /// Entries that could not be read.
    private(set) var damaged = 0
    /// Whether an entry from after the selection was met.
    private(set) var isPast = false

    private let since: [UInt8]?
    private let until: [UInt8]?
    private let timestamps: Bool
    /// Where in the file the first entry of each stream lies that is shown.
    private let starts: ByStream<Int>
    /// Where in the file `rest` begins.
    private var offset: Int
    /// An entry without its end, so far.
    private var rest: [UInt8] = []
    /// Whether the rest of an entry that is too long is passed over.
    private var skips = false
    private var isInLine = ByStream(false)
    private var isShown = ByStream(false)
    private var pending: [UInt8] = []
    private var pendingStream = LogStream.output

    /// Begins at `offset` of the file.
    init(_ selection: LogSelection, starts: ByStream<Int> = ByStream(0), at offset: Int = 0) {
        since = selection.since.map { Array($0.description.utf8) }
        until = selection.until.map { Array($0.description.utf8) }
        timestamps = selection.timestamps
        self.starts = starts
        self.offset = offset
    }

    /// Takes the next bytes of the file.
    mutating func take(_ chunk: ArraySlice<UInt8>, _ write: (LogStream, [UInt8]) throws(ApusError) -> Void) throws(ApusError) {
        var chunk = chunk
        while let end = chunk.firstIndex(of: UInt8(ascii: "\n")), !isPast {
            if skips {
                offset += end + 1 - chunk.startIndex
                skips = false
            } else if rest.isEmpty {
                try take(line: chunk[..<end], write)
            } else {
                let line = rest + chunk[..<end]
                rest = []
                try take(line: line[...], write)
            }
            chunk = chunk[(end + 1)...]
        }
        if skips {
            offset += chunk.count
        } else if !isPast {
            rest += chunk
            if rest.count > Self.longestEntry {
                damaged += 1
                offset += rest.count
                rest = []
                skips = true
            }
        }
        try flush(write)
    }

    /// Takes what stands at the end of the file without a line feed: a full disk cut it off.
    mutating func finish(_ write: (LogStream, [UInt8]) throws(ApusError) -> Void) throws(ApusError) {
        if rest.isEmpty || isPast { return }
        if let entry = LogEntry(rest[...]) { try show(entry, endsLine: false, write) } else { damaged += 1 }
        try flush(write)
    }

    private mutating func take(line: ArraySlice<UInt8>, _ write: (LogStream, [UInt8]) throws(ApusError) -> Void) throws(ApusError) {
        if let entry = LogEntry(line) { try show(entry, endsLine: !entry.isPartial, write) } else { damaged += 1 }
        offset += line.count + 1
    }

    private mutating func show(_ entry: LogEntry, endsLine: Bool, _ write: (LogStream, [UInt8]) throws(ApusError) -> Void) throws(ApusError) {
        let stream = entry.stream
        if offset < starts[stream] { return }
        let beginsLine = !isInLine[stream]
        if beginsLine {
            if let until, until.lexicographicallyPrecedes(entry.time) { return isPast = true }
            isShown[stream] = since.map { !entry.time.lexicographicallyPrecedes($0) } ?? true
        }
        isInLine[stream] = !endsLine
        guard isShown[stream] else { return }
        if stream != pendingStream || pending.count > 1 << 16 {
            try flush(write)
            pendingStream = stream
        }
        if timestamps && beginsLine {
            pending += entry.time
            pending.append(UInt8(ascii: " "))
        }
        pending += entry.text
        if endsLine { pending.append(UInt8(ascii: "\n")) }
    }

    private mutating func flush(_ write: (LogStream, [UInt8]) throws(ApusError) -> Void) throws(ApusError) {
        if pending.isEmpty { return }
        try write(pendingStream, pending)
        pending.removeAll(keepingCapacity: true)
    }
}
