import LinuxSystem
import Testing

@testable import ImageStore

@Suite("tar headers") struct TarReaderTests {
    @Test func readsUstarWithPrefix() throws {
        var tar = TarBuilder()
        tar.add(.init(name: Array("b/c".utf8), mode: 0o4755, owner: 7, group: 8, modified: 42, prefix: Array("a".utf8), body: Array("hello".utf8)))
        let member = try #require(try members(tar.closed).first)
        #expect(
            member.entry
                == TarEntry(
                    path: Array("a/b/c".utf8), kind: .file, mode: 0o4755, owner: 7, group: 8, size: 5, modified: Timestamp(seconds: 42)))
        #expect(member.body == Array("hello".utf8))
    }

    @Test func v7DirectoriesEndInASlash() throws {
        var tar = TarBuilder()
        tar.add(.init(name: Array("a/".utf8), type: 0, magic: .v7))
        tar.add(.init(name: Array("a/b".utf8), type: 0, magic: .v7))
        #expect(try members(tar.closed).map(\.entry.kind) == [.directory, .file])
    }

    @Test func readsGNULongNames() throws {
        let name = Array(String(repeating: "n", count: 200).utf8) + [0xff]
        let link = Array(String(repeating: "l", count: 300).utf8)
        var tar = TarBuilder()
        tar.gnuLong("K", link)
        tar.gnuLong("L", name)
        tar.add(.init(name: Array("n".utf8), type: UInt8(ascii: "2"), link: Array("l".utf8), magic: .gnu))
        let entry = try #require(try members(tar.closed).first?.entry)
        #expect(entry.path == name)
        #expect(entry.linkTarget == link)
    }

    @Test func paxGoesBeforeTheHeader() throws {
        var tar = TarBuilder()
        tar.pax([
            ("path", Array("long".utf8)), ("mtime", Array("1.5".utf8)), ("uid", Array("3000000".utf8)), ("uname", Array("root".utf8)),
            ("SCHILY.xattr.user.a=b", [1]), ("SCHILY.xattr.user.key", [0, 61, 10, 255]), ("size", Array("3".utf8)),
        ])
        tar.add(.init(name: Array("short".utf8), size: 1, body: Array("abc".utf8)))
        let member = try #require(try members(tar.closed).first)
        #expect(member.entry.path == Array("long".utf8))
        #expect(member.entry.modified == Timestamp(seconds: 1, nanoseconds: 500_000_000))
        #expect(member.entry.owner == 3_000_000)
        #expect(member.body == Array("abc".utf8))
        #expect(member.entry.attributes.last == ExtendedAttribute(name: Array("user.key".utf8), value: [0, 61, 10, 255]))
    }

    @Test func timesMayLieBefore1970() throws {
        let pax = try PaxRecords(parsing: TarBuilder.paxRecord("mtime", Array("-1.25".utf8)))
        #expect(try pax.time("mtime") == Timestamp(seconds: -2, nanoseconds: 750_000_000))
    }

    @Test func globalHeadersLastAndEmptyValuesTakeThemBack() throws {
        var tar = TarBuilder()
        tar.pax([("uid", Array("5".utf8))], global: true)
        tar.file("a")
        tar.pax([("uid", [])])
        tar.file("b", owner: 9)
        tar.file("c")
        #expect(try members(tar.closed).map(\.entry.owner) == [5, 9, 5])
    }

    @Test func readsBase256() throws {
        let size: [UInt8] = [0x80, 0, 0, 0, 0, 0, 0, 0x01, 0, 0, 0, 0]
        #expect(try TarHeader.number(size[...], "size") == 1 << 32)
        #expect(try TarHeader.number([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe][...], "time") == -2)
        #expect(throws: ApusError(.malformed, "its size is out of range")) {
            try TarHeader.number([0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0][...], "size")
        }
    }

    @Test(arguments: [
        ("checksum", "not a tar header: its checksum is wrong"),
        ("type", "entry a: its type \"!\" is not known"),
        ("number", "entry a: its mode \"9\" is no number"),
        ("negative", "entry a: its size -1 is out of range"),
        ("owner", "entry a: its owner 4294967295 is out of range"),
        ("link", "entry a: the link leads nowhere"),
        ("name", "entry \(String(repeating: "n", count: 200))... (10000 bytes): its path of 10000 bytes is too long"),
        ("pax", "entry pax: its pax header is damaged"),
        ("long", "entry pax: its extended header of 8589934591 bytes is too long"),
        ("alone", "the archive ends behind an extended header"),
        ("early", "the archive ends 1099511627771 bytes before the end of its data"),
    ])
    func refuses(what: String, message: String) {
        var tar = TarBuilder()
        var block = TarBuilder.header(.init(name: Array("a".utf8)))
        switch what {
        case "checksum": block[0] = UInt8(ascii: "b")
        case "type": block = TarBuilder.header(.init(name: Array("a".utf8), type: UInt8(ascii: "!")))
        case "number":
            block[100..<108] = ArraySlice("9      \0".utf8)
            block = TarBuilder.checksummed(block)
        case "negative", "owner", "early":
            let offset = what == "owner" ? 108 : 124
            let length = what == "owner" ? 8 : 12
            var field = [UInt8](repeating: what == "negative" ? 0xff : 0, count: length)
            field[0] = what == "negative" ? 0xff : 0x80
            if what == "owner" { field.replaceSubrange(4..<8, with: [0xff, 0xff, 0xff, 0xff]) }
            if what == "early" { field[6] = 1 }
            block.replaceSubrange(offset..<offset + length, with: field)
            block = TarBuilder.checksummed(block)
            if what == "early" { block += Array("hello".utf8) }
        case "link": block = TarBuilder.header(.init(name: Array("a".utf8), type: UInt8(ascii: "1")))
        case "name": tar.gnuLong("L", Array(repeating: UInt8(ascii: "n"), count: 10_000))
        case "pax": block = TarBuilder.header(.init(name: Array("pax".utf8), type: UInt8(ascii: "x"), size: 1)) + TarBuilder.padded([57])
        case "long": block = TarBuilder.header(.init(name: Array("pax".utf8), type: UInt8(ascii: "x"), size: 0o77777777777))
        default: block = TarBuilder.header(.init(name: Array("pax".utf8), type: UInt8(ascii: "x"), size: 0))
        }
        tar.addRaw(block)
        #expect(failure { try members(what == "early" ? tar.bytes : tar.closed) }?.message == message)
    }

    @Test func theClosingBlocksMayLackOnlyWhereADigestTells() throws {
        var tar = TarBuilder()
        tar.file("a", "text")
        #expect(try members(tar.bytes, needsEndMarker: false).count == 1)
        #expect(failure { try members(tar.bytes) } == ApusError(.malformed, "the archive ends early"))
    }

    @Test func attributesOfLibarchive() throws {
        func attributes(_ records: [(String, String)]) throws -> [String] {
            let body = records.flatMap { TarBuilder.paxRecord($0, Array($1.utf8)) }
            return try PaxRecords(parsing: body).attributes.map { "\(String(decoding: $0.name, as: UTF8.self))=\(String(decoding: $0.value, as: UTF8.self))" }
        }
        #expect(try attributes([("LIBARCHIVE.xattr.user.a", "dGV4dA")]) == ["user.a=text"])
        #expect(try attributes([("LIBARCHIVE.xattr.user.a%20b", "dGU="), ("SCHILY.xattr.user.a%20b", "te")]) == ["user.a b=te"])
        // The other way round, and an attribute that is really called so.
        #expect(try attributes([("SCHILY.xattr.user.a", "x"), ("LIBARCHIVE.xattr.user.a", "eQ==")]) == ["user.a=y"])
        #expect(try attributes([("SCHILY.xattr.user.%41", "x")]) == ["user.%41=x"])
        for (key, value) in [("user.a", "d"), ("user.a", "d!aa"), ("user.a", "dG=V"), ("user.%4", "dGU"), ("user.%zz", "dGU"), ("user.%00", "dGU")] {
            #expect(failure { try attributes([("LIBARCHIVE.xattr.\(key)", value)]) }?.message == "its pax LIBARCHIVE.xattr.\(key) is damaged")
        }
        #expect(
            failure { try attributes([("SCHILY.xattr.user.a\0b", "")]) }?.message == "its attribute user.a\\0b holds a NUL in its name")
    }

    @Test func attributesOfGlobalHeadersDoNotAddUpWithoutEnd() {
        var tar = TarBuilder()
        for index in 0..<1001 { tar.pax([("SCHILY.xattr.user.a\(index)", [1])], global: true) }
        tar.file("a")
        let limit = "it has more than 1000 attributes or 1048576 bytes of them"
        #expect(failure { try members(tar.closed) }?.message == "entry pax: \(limit)")
        tar = TarBuilder()
        for index in 0..<20 { tar.pax([("SCHILY.xattr.user.a\(index)", [UInt8](repeating: 1, count: 60_000))], global: true) }
        tar.file("a")
        #expect(failure { try members(tar.closed) }?.message == "entry pax: \(limit)")
    }
}
