import Glibc
import LinuxSystem
import Testing

@testable import ImageStore

/// What overlayfs leaves in an upper directory becomes a layer, and that layer the same directory again.
@Suite("layer packer", .enabled(if: isRoot, "needs root")) struct LayerPackerTests {
    let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        try scratch.shell(
            """
            mkdir -p lower/etc lower/old/deep lower/same lower/was-dir upper work
            echo 1 > lower/etc/a; echo 2 > lower/etc/b; echo 3 > lower/old/c; echo 4 > lower/old/deep/d; echo 5 > lower/was-file; echo 6 > lower/was-dir/e
            """)
    }

    /// Runs a script in an overlay of `lower` and `upper`.
    private func change(_ script: String) throws {
        try scratch.shell(
            """
            unshare -m sh -ec 'mkdir -p m; mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work none m; cd m
            \(script)'
            """)
    }

    private func pack(mountpoints: [String] = []) throws -> [UInt8] {
        let sink = MemorySink()
        let tar = TarWriter(sink)
        try LayerPacker(tar).pack(
            upper: openDirectory("\(scratch.path)/upper"), lower: openDirectory("\(scratch.path)/lower"), mountpoints: mountpoints)
        try tar.finish()
        return sink.bytes
    }

    private func changes(mountpoints: [String] = []) throws -> [String] {
        try TreeChange.all(
            upper: openDirectory("\(scratch.path)/upper"), lower: openDirectory("\(scratch.path)/lower"), mountpoints: mountpoints
        ).map(\.description)
    }

    private func give(_ path: String, _ name: String, _ value: String) throws {
        let file = try openFile("\(scratch.path)/\(path)", O_RDONLY)
        try setAttribute(ExtendedAttribute(name: Array(name.utf8), value: Array(value.utf8)), of: file.raw)
    }

    private static let everything = """
        echo new > etc/new; rm etc/a; rm -r old; mkdir old; echo other > old/c; rm was-file; mkdir was-file; echo in > was-file/x
        rm -r was-dir; echo file > was-dir; chmod 4711 etc/b; chown 5:6 etc/b; touch -d @1.000000001 etc/b; ln etc/new etc/twin; mkfifo pipe
        ln -s /nowhere link; mknod dev c 5 1
        """

    @Test func namesAndMarksAreTheSpecifications() throws {
        try change(Self.everything + "\npython3 -c \"import socket; socket.socket(socket.AF_UNIX).bind(\\\"sock\\\")\"")
        let names = try members(pack()).map { String(decoding: $0.entry.path, as: UTF8.self) }
        #expect(
            names == [
                "dev", "etc/", "etc/.wh.a", "etc/b", "etc/new", "etc/twin", "link", "old/", "old/.wh..wh..opq", "old/c", "pipe", "was-dir", "was-file/",
                "was-file/x",
            ])
        let attributes = try members(pack()).flatMap(\.entry.attributes).map { String(decoding: $0.name, as: UTF8.self) }
        #expect(!attributes.contains { $0.hasPrefix("trusted.") })
    }

    @Test func aLayerIsTheSameDirectoryAgain() throws {
        try change(Self.everything)
        try give("upper/etc/new", "user.x", "y")
        try give("upper/etc", "user.d", "e")
        let tar = try pack()
        try makeDirectories("\(scratch.path)/again")
        let writer = try LayerWriter(directory: "\(scratch.path)/again", lower: LowerLayers(directories: ["\(scratch.path)/lower"]))
        let reader = TarReader(PrefixedSource(tar, then: nil), needsEndMarker: true)
        while let entry = try reader.next() { try writer.apply(entry, body: reader) }
        try writer.finish()
        // Whiteouts have no look of their own.
        let look = """
            find . -mindepth 1 '(' -type c -printf '%P %y\\n' -o -type d -printf '%P %y %m %U %G %T@\\n' -o -printf '%P %y %m %U %G %s %n %T@ %l\\n' ')' | sort
            find . -type f | sort | xargs cat
            """
        #expect(try scratch.shell("cd again && \(look)") == scratch.shell("cd upper && \(look)"))
        for (path, name) in [("etc/new", "user.x"), ("etc", "user.d"), ("old", "trusted.overlay.opaque")] {
            let file = try openFile("\(scratch.path)/again/\(path)", O_RDONLY)
            let attributes = try attributes(of: file.raw)
            #expect(attributes.contains { $0.name.elementsEqual(name.utf8) }, "\(path)")
        }
        #expect(try pack() == tar)
    }

    @Test func changesAreDockers() throws {
        try change(Self.everything)
        #expect(
            try changes() == [
                "A /dev", "C /etc", "D /etc/a", "C /etc/b", "A /etc/new", "A /etc/twin", "A /link", "C /old", "C /old/c", "D /old/deep", "A /pipe",
                "C /was-dir", "C /was-file", "A /was-file/x",
            ])
    }

    @Test func mountpointsOfTheEngineDoNotShow() throws {
        try change("mkdir -p data/deep/x data/deep/y etc/sub; : > etc/hosts; mkdir full; echo z > full/z")
        #expect(try changes(mountpoints: ["/data/deep/x", "/data/deep/y/", "/etc/hosts", "/full"]) == ["C /etc", "A /etc/sub", "A /full", "A /full/z"])
        // What the container made beside them does.
        try change("echo own > data/deep/own")
        #expect(
            try changes(mountpoints: ["/data/deep/x", "/data/deep/y", "/etc/hosts", "/full"]) == [
                "A /data", "A /data/deep", "A /data/deep/own", "C /etc", "A /etc/sub", "A /full", "A /full/z",
            ])
        try scratch.shell("rm -rf upper work; mkdir upper work")
        try change("mkdir -p same/mount; : > etc/hosts")
        #expect(try changes(mountpoints: ["/same/mount", "/etc/hosts"]) == [])
        #expect(try pack(mountpoints: ["/same/mount", "/etc/hosts"]).count == 1024)
    }

    @Test func aRootThatLooksOtherwiseIsAMember() throws {
        try scratch.shell("chmod 1777 upper")
        let root = try #require(try members(pack()).first).entry
        #expect(root.path == Array("./".utf8) && root.mode == 0o1777 && root.kind == .directory)
    }

    @Test func whatALayerCannotSayIsRefused() throws {
        try change("mkdir etc/.wh.x")
        #expect(failure { try pack() }?.description == "/etc/.wh.x cannot be in a layer: names that begin with .wh. mean deletions there")
        try scratch.shell("rm -rf upper/*; mkdir upper/moved")
        try give("upper/moved", "trusted.overlay.redirect", "/old")
        #expect(failure { try pack() }?.description.hasPrefix("/moved was renamed from /old by overlayfs's redirect_dir") == true)
    }
}
