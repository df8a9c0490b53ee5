import JSONCoding
import LinuxSystem
import Testing

@Suite struct JSONMembersTests {
    /// The same by both ways.
    struct Record: Encodable {
        var text = "a\"\\\n\u{1}\u{1f}é😀/"
        var number = -3
        var large = UInt64.max
        var yes = true
        var no = false
        var list = ["x", "\t"]
        var none: [String] = []
        var map = ["b\"": "2", "a": "1"]
        var empty: [String: String] = [:]
        var inner = ["k": "v"]
    }

    @Test func aRecordIsWrittenAsByCodable() throws {
        let record = Record()
        var members = JSONMembers()
        members.add("text", record.text)
        members.add("number", record.number)
        members.add("large", record.large)
        members.add("yes", record.yes)
        members.add("no", record.no)
        members.add("list", record.list)
        members.add("none", record.none)
        members.add("map", record.map)
        members.add("empty", record.empty)
        var inner = JSONMembers()
        inner.add("k", "v")
        members.add("inner", inner)
        #expect(String(decoding: members.text, as: UTF8.self) == String(decoding: try writeJSON(record), as: UTF8.self))
    }

    @Test func whatIsNilIsLeftOut() {
        var members = JSONMembers()
        members.add("a", nil as String?)
        members.add("b", nil as Int?)
        members.add("c", nil as [String: String]?)
        members.add("d", nil as JSONMembers?)
        #expect(String(decoding: members.text, as: UTF8.self) == "{}")
        members.add("e", 1)
        #expect(String(decoding: members.text, as: UTF8.self) == #"{"e":1}"#)
    }
}
