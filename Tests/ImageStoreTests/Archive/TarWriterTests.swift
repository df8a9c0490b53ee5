import Glibc
import LinuxSystem
import Testing

@testable import ImageStore

/// Keeps what is written.
final class MemorySink: ByteSink {
    private(set) var bytes: [UInt8] = []
    func write(_ bytes: UnsafeRawBufferPointer) { unsafe self.bytes.append(contentsOf: bytes) }
}

@Suite("tar writer") struct TarWriterTests {
    private func archive(_ entries: [(TarEntry, [UInt8])]) throws -> [UInt8] {
        let sink = MemorySink()
        let tar = TarWriter(sink)
        for (entry, body) in entries { try tar.add(entry, body) }
        try tar.finish()
        return sink.bytes
    }

    private func file(_ path: String, _ body: [UInt8] = []) -> TarEntry {
        TarEntry(path: Array(path.utf8), kind: .file, mode: 0o644, owner: 0, group: 0, size: body.count, modified: Timestamp(seconds: 7))
    }

    /// Paths of every length around the ends of ustar's fields, with and without a slash where it must be cut.
    @Test(arguments: [99, 100, 101, 102, 155, 156, 157, 200, 254, 255, 256, 257, 258, 1000, 4095])
    func longPathsComeBack(length: Int) throws {
        let flat = String(repeating: "n", count: length)
        var deep = String(repeating: "d/", count: length / 2) + (length % 2 == 1 ? "x" : "")
        if deep.hasSuffix("/") { deep = String(deep.dropLast(2)) + "yy" }
        let early = "e/" + String(repeating: "f", count: length - 2)
        for path in [flat, deep, early] {
            let entry = file(path, [1, 2, 3])
            let read = try members(archive([(entry, [1, 2, 3]), (file("end"), [])]))
            #expect(read.map(\.entry) == [entry, file("end")] && read[0].body == [1, 2, 3], "\(path)")
        }
    }

    @Test func everyFieldComesBack() throws {
        var attributes = file("attributes")
        attributes.attributes = [
            ExtendedAttribute(name: Array("user.b".utf8), value: [0, 10, 255]), ExtendedAttribute(name: Array("user.a".utf8), value: []),
        ]
        var device = TarEntry(path: Array("dev".utf8), kind: .blockDevice, mode: 0o7777, owner: 1, group: 2, size: 0, modified: Timestamp(seconds: 0))
        (device.deviceMajor, device.deviceMinor) = (4095, 1_048_575)
        var link = TarEntry(path: Array("link".utf8), kind: .symbolicLink, mode: 0o777, owner: 0, group: 0, size: 0, modified: Timestamp(seconds: 1))
        link.linkTarget = [UInt8](repeating: 120, count: 101)
        var hard = link
        hard.kind = .hardLink
        hard.path = [0xff, 0xfe]
        var ids = file("ids")
        (ids.owner, ids.group) = (0o7_777_777 + 1, UInt32.max - 1)
        var entries = [attributes, device, link, hard, ids]
        for (seconds, nanoseconds) in [(-1, 0), (-2, 500_000_000), (0, 1), (0o77_777_777_777, 0), (0o77_777_777_777 + 1, 999_999_999), (1, 120_000_000)] {
            var entry = file("time \(seconds) \(nanoseconds)")
            entry.modified = Timestamp(seconds: seconds, nanoseconds: nanoseconds)
            entries.append(entry)
        }
        var read = try members(archive(entries.map { ($0, []) })).map(\.entry)
        read[0].attributes.reverse()
        #expect(read == entries)
    }

    @Test func sizesBeyondEightGigabytesHaveARecord() throws {
        var entry = file("large")
        entry.size = 0o77_777_777_777 + 1
        let header = try TarMemberHeader(entry).bytes
        let text = String(decoding: header, as: UTF8.self)
        #expect(header.count == 3 * TarHeader.size && text.contains("19 size=8589934592\n"))
        // One byte less fits ustar itself.
        entry.size -= 1
        #expect(try TarMemberHeader(entry).bytes.count == TarHeader.size)
    }

    @Test func whatFitsUstarHasNoRecords() throws {
        #expect(try archive([(file("a"), [])]).count == 3 * TarHeader.size)
    }

    @Test func anAttributeThatTarCannotNameIsRefused() throws {
        var entry = file("f")
        entry.attributes = [ExtendedAttribute(name: Array("user.a=b".utf8), value: [])]
        #expect(
            failure { try archive([(entry, [])]) }?.description
                == "the attribute user.a=b of f cannot be kept in a tar: its name holds \"=\"")
    }
}
