import Glibc
import LinuxSystem
import Testing

@testable import ImageStore

/// Layers are unpacked from tars made here and looked at with the shell's tools.
@Suite("unpacked layers", .enabled(if: isRoot, "owners, devices and trusted attributes need root")) struct LayerWriterTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// Unpacks a tar over the named layers (from the top down) into a new directory.
    @discardableResult
    func unpack(_ name: String, over lower: [String] = [], _ build: (inout TarBuilder) -> Void) throws -> LayerWriter {
        var tar = TarBuilder()
        build(&tar)
        try makeDirectories("\(scratch.path)/\(name)")
        let writer = try LayerWriter(directory: "\(scratch.path)/\(name)", lower: LowerLayers(directories: lower.map { "\(scratch.path)/\($0)" }))
        let reader = TarReader(PrefixedSource(tar.closed, then: nil), needsEndMarker: true)
        while let entry = try reader.next() { try writer.apply(entry, body: reader) }
        try writer.finish()
        return writer
    }

    /// Names with kind, mode, owner, group and time, sorted.
    func listing(_ name: String) throws -> [String] {
        try scratch.shell("cd \(name) && find . -printf '%P %y %m %U %G %T@ %l\\n' | sort").split(separator: "\n").map(String.init)
    }

    /// What a mount of the layers shows, from the top down.
    func merged(_ layers: [String]) throws -> [String] {
        let options = "lowerdir=\((layers + ["empty"]).joined(separator: ":"))"
        return try scratch.shell(
            "mkdir -p empty m && unshare -m sh -c 'mount -t overlay -o \(options) none m && cd m && find . -mindepth 1 -printf \"%P %y\\n\" | sort'"
        ).split(separator: "\n").map(String.init)
    }

    @Test func keepsEverythingOfAMember() throws {
        let writer = try unpack("a") { tar in
            tar.directory("./", mode: 0o711, owner: 5)
            tar.directory("d", mode: 0o1777, owner: 3, modified: 100)
            tar.pax([("mtime", Array("7.123456789".utf8)), ("SCHILY.xattr.user.k", Array("v".utf8))])
            tar.file("d/f", "hello", mode: 0o4755, owner: 1000)
            tar.hardLink("d/h", "d/f")
            tar.symbolicLink("d/s", "/etc/passwd")
            tar.device("d/null", "3", 1, 3)
            tar.device("d/sda", "4", 8, 0)
            tar.device("d/p", "6", 0, 0)
        }
        #expect(writer.fileBytes == 5)
        let time = "1700000000.0000000000"
        #expect(
            try listing("a") == [
                " d 711 5 5 \(time) ", "d d 1777 3 3 100.0000000000 ", "d/f f 4755 1000 1000 7.1234567890 ", "d/h f 4755 1000 1000 7.1234567890 ",
                "d/null c 600 0 0 \(time) ", "d/p p 600 0 0 \(time) ", "d/s l 777 0 0 \(time) /etc/passwd", "d/sda b 600 0 0 \(time) ",
            ])
        #expect(try scratch.shell("cd a/d && stat -c '%h %i' f > x && stat -c '%h %i' h > y && cmp x y && cat x | cut -c1; rm x y").hasPrefix("2"))
        let file = try openFile("\(scratch.path)/a/d/f", O_RDONLY)
        #expect(try attributes(of: file.raw) == [ExtendedAttribute(name: Array("user.k".utf8), value: Array("v".utf8))])
    }

    @Test func dropsAttributesThatAreNotTheImages() throws {
        try unpack("a") { tar in
            tar.pax([("SCHILY.xattr.trusted.overlay.redirect", Array("/x".utf8)), ("SCHILY.xattr.user.overlay.opaque", Array("y".utf8))])
            tar.directory("d")
        }
        let directory = try openDirectory("\(scratch.path)/a/d")
        #expect(try attributes(of: directory.raw).isEmpty)
    }

    @Test(arguments: [false, true])
    func whiteoutsMeanTheLayersBelowOnlyInAnyOrder(whiteoutFirst: Bool) throws {
        try unpack("low") { tar in
            for name in ["file", "gone", "kept"] { tar.file(name, "low") }
            tar.directory("dir")
            tar.file("dir/old", "low")
            tar.directory("opaque")
            tar.file("opaque/old", "low")
        }
        try unpack("top", over: ["low"]) { tar in
            func whiteouts() { for name in [".wh.file", ".wh.gone", ".wh.dir", "opaque/.wh..wh..opq"] { tar.file(name) } }
            if whiteoutFirst { whiteouts() }
            tar.file("file", "top")
            tar.file("dir/new", "top")
            tar.directory("opaque")
            tar.file("opaque/new", "top")
            if !whiteoutFirst { whiteouts() }
        }
        #expect(try merged(["top", "low"]) == ["dir d", "dir/new f", "file f", "kept f", "opaque d", "opaque/new f"])
        #expect(try scratch.shell("cat top/file; stat -c %t:%T:%F top/gone") == "top0:0:character special file")
    }

    @Test func aFileBecomesADirectoryAndBack() throws {
        try unpack("one") { tar in
            tar.file("x", "file")
            tar.directory("y")
            tar.file("y/inner")
        }
        try unpack("two", over: ["one"]) { tar in
            tar.directory("x")
            tar.file("x/new")
            tar.file("y", "file")
        }
        try unpack("three", over: ["two", "one"]) { tar in
            tar.file("x", "again")
            tar.directory("y")
        }
        #expect(try merged(["two", "one"]) == ["x d", "x/new f", "y f"])
        #expect(try merged(["three", "two", "one"]) == ["x f", "y d"])
    }

    @Test func impliedDirectoriesLookAsBelow() throws {
        try unpack("low") { tar in
            tar.directory("tmp", mode: 0o1777, owner: 4, modified: 77)
            tar.directory("hidden", mode: 0o700)
        }
        try unpack("middle", over: ["low"]) { $0.file(".wh.hidden") }
        try unpack("top", over: ["middle", "low"]) { tar in
            tar.file("tmp/x")
            tar.file("hidden/x")
            tar.file("fresh/x")
        }
        let modes = try listing("top").filter { $0.contains(" d ") }
        #expect(modes == [" d 755 0 0 0.0000000000 ", "fresh d 755 0 0 0.0000000000 ", "hidden d 755 0 0 0.0000000000 ", "tmp d 1777 4 4 77.0000000000 "])
    }

    @Test func hardLinksToLayersBelowAreCopiedUp() throws {
        try unpack("low") { tar in
            tar.directory("d", mode: 0o750)
            tar.file("d/f", "text", mode: 0o2755, owner: 6)
            tar.symbolicLink("d/s", "f")
            tar.file("w", "white")
        }
        try unpack("top", over: ["low"]) { tar in
            tar.hardLink("copy", "d/f")
            tar.hardLink("again", "d/f")
            tar.hardLink("link", "d/s")
            tar.file(".wh.w")
            tar.hardLink("fromWhite", "w")
        }
        #expect(
            try scratch.shell(
                "cat top/copy; stat -c '%h %a %u' top/copy top/d/f top/again; readlink top/link; stat -c %a top/d; cat top/fromWhite; stat -c %F top/w")
                == "text3 2755 6\n3 2755 6\n3 2755 6\nf\n750\nwhitecharacter special file")
    }

    @Test func laterMembersReplaceEarlierOnes() throws {
        try unpack("a") { tar in
            tar.directory("d")
            tar.file("d/x", "one")
            tar.file("d/x", "two")
            tar.file("d/y")
            tar.symbolicLink("d", "elsewhere")
            tar.directory("d")
            tar.file("d/z", "three")
        }
        #expect(try scratch.shell("cd a && find . -type f | sort && cat d/z") == "./d/z\nthree")
    }

    @Test func deepPathsNeedFewDescriptors() throws {
        let deep = Array(repeating: "d", count: 1500).joined(separator: "/")
        try unpack("a") { tar in
            for name in ["x", "y"] {
                tar.pax([("path", Array("\(deep)/\(name)".utf8))])
                tar.file(name, name)
                tar.file("top-\(name)")
            }
            tar.pax([("path", Array("\(deep)/../x".utf8.dropLast(5)))])
            tar.directory("x", mode: 0o700, modified: 5)
        }
        #expect(try scratch.shell("find a -type f | wc -l") == "4")
    }

    @Test func namesAreBytes() throws {
        try unpack("a") { tar in tar.add(.init(name: [0xff, 0xfe, 0x0a])) }
        #expect(try rawDirectoryEntries(openDirectory("\(scratch.path)/a"), name: "a") == [[0xff, 0xfe, 0x0a, 0]])
    }

    @Test func whiteoutsInDirectoriesThatNoLayerBelowHasAreNoNames() throws {
        try unpack("low") { tar in
            tar.directory("opaque")
            tar.file("opaque/old")
            tar.directory("merged")
            tar.file("merged/old")
        }
        try unpack("top", over: ["low"]) { tar in
            tar.file("opaque/.wh.old")
            tar.file("opaque/.wh..wh..opq")
            tar.directory("new", modified: 77)
            tar.file("new/.wh.x")
            tar.file("new/y")
            tar.file("merged/.wh.old")
            tar.file("merged/.wh.never")
        }
        #expect(try scratch.shell("find top -type c | sort") == "top/merged/never\ntop/merged/old")
        // A listing with a name that is not there would fail.
        #expect(try merged(["top", "low"]) == ["merged d", "new d", "new/y f", "opaque d"])
        #expect(try listing("top").contains("new d 755 0 0 77.0000000000 "))
    }

    @Test func accessListsComeFromTheArchiveOnly() throws {
        let list: [UInt8] =
            [2, 0, 0, 0]
            + [[1, 7], [2, 5], [4, 5], [16, 7], [32, 0]].flatMap { [$0[0], 0, $0[1], 0] + ($0[0] == 2 ? [9, 0, 0, 0] : [255, 255, 255, 255]) }
        func members(_ tar: inout TarBuilder) {
            tar.pax([("SCHILY.xattr.system.posix_acl_default", list)])
            tar.directory("d", mode: 0o751)
            tar.file("d/f", "text", mode: 0o640)
            tar.directory("d/sub", mode: 0o700)
            tar.device("d/pipe", "6", 0, 0)
            tar.symbolicLink("d/link", "f")
            tar.file("d/implied/f", mode: 0o604)
            tar.pax([("SCHILY.xattr.system.posix_acl_access", list)])
            tar.file("d/own", "text", mode: 0o640)
            tar.hardLink("d/twin", "d/own")
        }
        try unpack("a", members)
        var tar = TarBuilder()
        members(&tar)
        try scratch.write("t.tar", tar.closed)
        try makeDirectories("\(scratch.path)/b")
        let file = try openFile("\(scratch.path)/t.tar", O_RDONLY)
        try unpackTree(from: file.raw, name: "t", into: openDirectory("\(scratch.path)/b"), owner: nil)
        for tree in ["a", "b"] {
            let look = try TreeLook("\(scratch.path)/\(tree)", .accessLists).lines.sorted { $0.key.lexicographicallyPrecedes($1.key) }
            let modes = look.map { "\(shown($0.key)) \($0.value.prefix { $0 != " " })" }
            #expect(
                modes == [
                    "d 40751", "d/f 100640", "d/implied 40755", "d/implied/f 100604", "d/link 120777", "d/own 100770", "d/pipe 10600", "d/sub 40700",
                    "d/twin 100770",
                ])
            #expect(look.filter { $0.value.contains("posix_acl") }.map { shown($0.key) } == ["d", "d/own", "d/twin"], "\(tree)")
        }
    }

    @Test func aCopyFromALayerBelowKeepsItsHoles() throws {
        try makeDirectories("\(scratch.path)/low")
        try scratch.shell("truncate -s 100G low/big && printf data | dd of=low/big bs=1 seek=50G conv=notrunc status=none")
        try unpack("top", over: ["low"]) { $0.hardLink("link", "big") }
        #expect(
            try scratch.shell("stat -c '%s %h' top/big top/link; [ $(stat -c %b top/big) -lt 100 ]; dd if=top/link bs=4 skip=12800M count=1 status=none")
                == "107374182400 2\n107374182400 2\ndata")
    }
}
