import Glibc
import LinuxSystem
import Testing

@testable import ImageStore

/// GNU tar's own sparse archives are unpacked in `TreeDifferentialTests`; here are the maps that no tar writes.
@Suite("sparse files") struct SparseTests {
    private func sparse(_ map: String, size: Int, body: Int) throws -> TarEntry? {
        var tar = TarBuilder()
        tar.pax([("GNU.sparse.map", Array(map.utf8)), ("GNU.sparse.size", Array(String(size).utf8)), ("GNU.sparse.name", Array("real".utf8))])
        tar.add(.init(name: Array("a".utf8), body: Array(repeating: 1, count: body)))
        return try members(tar.closed).first?.entry
    }

    @Test func readsRuns() throws {
        let entry = try #require(try sparse("0,2,10,3,20,0", size: 20, body: 5))
        #expect(entry.path == Array("real".utf8))
        #expect(entry.size == 20)
        #expect(entry.dataRuns == [SparseRun(offset: 0, length: 2), SparseRun(offset: 10, length: 3)])
    }

    @Test(arguments: ["0", "0,2,1,3", "5,-1", "9223372036854775807,5", "0,9223372036854775807", "18,5", "x,5", ",", "0,4"])
    func refusesMaps(map: String) {
        #expect(failure { try sparse(map, size: 20, body: 5) }?.code == .malformed)
    }

    @Test func refusesALeadingMapOfManyRuns() {
        var tar = TarBuilder()
        tar.pax([("GNU.sparse.major", Array("1".utf8)), ("GNU.sparse.minor", Array("0".utf8)), ("GNU.sparse.realsize", Array("10".utf8))])
        tar.add(.init(name: Array("a".utf8), body: TarBuilder.padded(Array("999999999\n".utf8))))
        #expect(failure { try members(tar.closed) }?.message == "entry a: its sparse map has too many runs")
    }

    /// The runs of a file with data of these bytes at these places.
    private func runs(_ size: Int, _ data: [Int: [UInt8]], runLimit: Int = SparseMap.runLimit) throws -> [[Int]] {
        let scratch = try Scratch()
        let file = try openFile("\(scratch.path)/f", O_RDWR | O_CREAT)
        try systemCall("length") { [raw = file.raw] in ftruncate(raw, size) }
        for (offset, bytes) in data { _ = unsafe pwrite(file.raw, bytes, bytes.count, offset) }
        return try SparseMap(of: file.raw, size: size, runLimit: runLimit, name: "f").runs.map { [$0.offset, $0.length] }
    }

    @Test func mapsByContent() throws {
        let piece = 64 << 10
        #expect(try runs(0, [:]) == [])
        #expect(try runs(1 << 40, [:]) == [])
        #expect(try runs(10, [9: [1]]) == [[0, 10]])
        #expect(try runs(1 << 40, [piece * 3 + 5: [1]]) == [[piece * 3, piece]])
        #expect(try runs(1 << 40, [piece - 1: [1, 1], (1 << 40) - 1: [1]]) == [[0, 2 * piece], [(1 << 40) - piece, piece]])
        #expect(try runs(piece * 5 + 7, [piece * 5: [1]]) == [[piece * 5, 7]])
        // Zeros that take room are a hole too: other file systems may have stored none.
        #expect(try runs(piece * 8, [piece: [UInt8](repeating: 0, count: 3 * piece) + [1]]) == [[4 * piece, piece]])
    }

    @Test func manyRunsBecomeFewerLongerOnes() throws {
        let step = 128 << 10
        let data = Dictionary(uniqueKeysWithValues: (0..<200).map { ($0 * step, [UInt8(1)]) })
        #expect(try runs(200 * step, data).count == 200)
        #expect(try runs(200 * step, data, runLimit: 100) == [[0, 200 * step]])
    }

    @Test func aSparseMemberComesBack() throws {
        var entry = TarEntry(
            path: Array(repeating: 110, count: 3000), kind: .file, mode: 0o600, owner: 0, group: 0, size: 100 << 30,
            modified: Timestamp(seconds: 7, nanoseconds: 5))
        for runs in [[], [SparseRun(offset: 0, length: 512)], [SparseRun(offset: 512, length: 1024), SparseRun(offset: (100 << 30) - 3, length: 3)]] {
            entry.dataRuns = runs
            let body = (0..<runs.reduce(0) { $0 + $1.length }).map { UInt8(truncatingIfNeeded: $0) }
            let sink = MemorySink()
            let tar = TarWriter(sink)
            try tar.add(entry, body)
            try tar.finish()
            let read = try members(sink.bytes)
            #expect(read.map(\.entry) == [entry] && read.first?.body == body)
        }
    }

    @Test func sizesOfSparseFilesAreOnlyClaims() {
        #expect(Int.max.addingSaturated(1) == .max && 1.addingSaturated(2) == 3)
    }
}
