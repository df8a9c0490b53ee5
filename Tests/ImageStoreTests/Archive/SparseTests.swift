import LinuxSystem
import Testing

@testable import ImageStore

/// GNU tar's own sparse archives are unpacked in `DifferentialTests`; here are the maps that no tar writes.
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
}
