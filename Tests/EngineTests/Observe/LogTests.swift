import Glibc
import LinuxSystem
import SeededRandom
import Testing

@testable import Engine

/// A log of these entries, as a monitor writes it.
private func log(_ entries: [String]) -> String { entries.enumerated().map { moment($0.offset) + " \($0.element)\n" }.joined() }

private func moment(_ second: Int) -> String { Timestamp(seconds: 1_700_000_000 + second, nanoseconds: 5).description }

/// What a reader makes of a log, with the file handed over in pieces of `step` bytes.
private func read(_ text: String, _ selection: LogSelection = LogSelection(), step: Int = 1 << 20) throws -> (output: String, error: String, damaged: Int) {
    var written: [LogStream: [UInt8]] = [:]
    let bytes = Array(text.utf8)
    let write = { (stream: LogStream, bytes: [UInt8]) throws(ApusError) in written[stream, default: []] += bytes }
    var starts = ByStream(0)
    if let lines = selection.tail {
        starts = try withFile(bytes) { file throws(ApusError) in try LogTail.starts(of: file, size: bytes.count, lines: lines, block: step) }
    }
    let first = min(starts[.output], starts[.error])
    var reader = LogReader(selection, starts: starts, at: first)
    var position = first
    while position < bytes.count {
        try reader.take(bytes[position..<min(position + step, bytes.count)], write)
        position += step
    }
    try reader.finish(write)
    return (String(decoding: written[.output] ?? [], as: UTF8.self), String(decoding: written[.error] ?? [], as: UTF8.self), reader.damaged)
}

private func withFile<Result>(_ bytes: [UInt8], _ body: (borrowing OwnedFD) throws(ApusError) -> Result) throws -> Result {
    let path = "/tmp/apus-log-test-\(getpid())-\(UInt32.random(in: .min ... .max))"
    try replaceFile(path, with: bytes)
    defer { try? removeTree(path) }
    return try body(try openFile(path, O_RDONLY))
}

private func selection(tail: Int? = nil, since: Int? = nil, until: Int? = nil, timestamps: Bool = false) -> LogSelection {
    var selection = LogSelection()
    selection.tail = tail
    selection.since = since.map { Timestamp(seconds: 1_700_000_000 + $0) }
    selection.until = until.map { Timestamp(seconds: 1_700_000_000 + $0) }
    selection.timestamps = timestamps
    return selection
}

@Suite("Logs") struct LogTests {
    static let sample = log([
        "stdout F one", "stderr F two", "stdout P th", "stderr P fo", "stdout P r", "stdout F ee", "stderr F ur", "stdout F ", "stdout P five",
    ])

    @Test("Streams stay apart and parts are joined", arguments: [1, 7, 64, 4096]) func join(step: Int) throws {
        #expect(try read(Self.sample, step: step) == ("one\nthree\n\nfive", "two\nfour\n", 0))
    }

    @Test("Moments stand before lines, not before parts") func timestamps() throws {
        let (output, error, _) = try read(Self.sample, selection(timestamps: true))
        #expect(output == "\(moment(0)) one\n\(moment(2)) three\n\(moment(7)) \n\(moment(8)) five")
        #expect(error == "\(moment(1)) two\n\(moment(3)) four\n")
    }

    @Test("The last lines of both streams together", arguments: [1, 40, 1 << 16]) func tail(step: Int) throws {
        func tail(_ lines: Int) throws -> [String] {
            let (output, error, damaged) = try read(Self.sample, selection(tail: lines), step: step)
            #expect(damaged == 0)
            return [output, error]
        }
        #expect(try tail(0) == ["", ""])
        #expect(try tail(1) == ["five", ""])
        #expect(try tail(2) == ["\nfive", ""])
        // The line of stderr began before the one of stdout that comes next.
        #expect(try tail(3) == ["\nfive", "four\n"])
        #expect(try tail(4) == ["three\n\nfive", "four\n"])
        #expect(try tail(5) == ["three\n\nfive", "two\nfour\n"])
        #expect(try tail(6) == ["one\nthree\n\nfive", "two\nfour\n"])
        #expect(try tail(700) == ["one\nthree\n\nfive", "two\nfour\n"])
    }

    @Test("Nothing before since, nothing after until") func moments() throws {
        #expect(try read(Self.sample, selection(since: 2)) == ("three\n\nfive", "four\n", 0))
        // A line counts by its beginning.
        #expect(try read(Self.sample, selection(since: 3)) == ("\nfive", "four\n", 0))
        #expect(try read(Self.sample, selection(until: 2)) == ("one\n", "two\n", 0))
        #expect(try read(Self.sample, selection(since: 1, until: 1)) == ("", "", 0))
        #expect(try read(Self.sample, selection(tail: 1, since: 100)) == ("", "", 0))
    }

    @Test("Damaged entries are counted and left out", arguments: [3, 4096]) func damage(step: Int) throws {
        let good = "\(moment(1)) stdout F good\n"
        for bad in [
            "", "x", "\(moment(0)) stdout F", "\(moment(0)) stdout X text", "\(moment(0)) stdxxx F text", "\(moment(0)) stderr  F text",
            "\(moment(0)) stdout F\ttext", moment(0).replacing("T", with: " ") + " stdout F text", String(repeating: "z", count: 5000),
        ] {
            #expect(try read("\(bad)\n\(good)", step: step) == ("good\n", "", 1), "\(bad)")
            #expect(try read("\(good)\(bad)\n", selection(tail: 1), step: step).output == "good\n", "\(bad)")
        }
        // A full disk cuts the last entry off: what is whole of it is shown.
        #expect(try read("\(good)\(moment(2)) stdout F cut o", step: step) == ("good\ncut o", "", 0))
        #expect(try read("\(good)\(moment(2)) stdo", step: step) == ("good\n", "", 1))
    }

    @Test("An entry without end is passed over") func endless() throws {
        let text = String(repeating: "z", count: LogReader.longestEntry + 70_000) + "\n" + log(["stdout F good"])
        #expect(try read(text, step: 65536) == ("good\n", "", 1))
        #expect(try read(text, selection(tail: 9), step: 65536).output == "good\n")
    }

    @Test("Any cut and any lines give what a simple reading gives") func random() throws {
        var generator = SeededRandom(seed: 2611)
        for _ in 0..<300 {
            var entries: [String] = []
            var lines: [(stream: String, text: String)] = []
            var open: [String: String] = [:]
            for _ in 0..<Int.random(in: 0...30, using: &generator) {
                let stream = Bool.random(using: &generator) ? "stdout" : "stderr"
                let word = String(repeating: "abc", count: Int.random(in: 0...20, using: &generator))
                let isPart = Int.random(in: 0...3, using: &generator) == 0
                entries.append("\(stream) \(isPart ? "P" : "F") \(word)")
                open[stream, default: ""] += word
                if !isPart { lines.append((stream, (open.removeValue(forKey: stream) ?? "") + "\n")) }
            }
            // What is unfinished counts as a line at the place of its last part; keep to logs in which that place is the end.
            if open.count > 1 { continue }
            if let last = open.first {
                if !(entries.last?.hasPrefix("\(last.key) P") ?? false) { continue }
                lines.append((last.key, last.value))
            }
            let count = Int.random(in: 0...32, using: &generator)
            let result = try read(log(entries), selection(tail: count), step: Int.random(in: 1...500, using: &generator))
            let wanted = lines.suffix(count)
            #expect(result.output == wanted.filter { $0.stream == "stdout" }.map(\.text).joined(), "\(entries) \(count)")
            #expect(result.error == wanted.filter { $0.stream == "stderr" }.map(\.text).joined(), "\(entries) \(count)")
        }
    }
}
