import CShim
import Glibc
import LinuxSystem
import Synchronization
import Testing

@testable import ImageStore

/// Members that try to reach outside their layer: each is refused with a sentence, and a file beside the layer stays as it was.
@Suite("hostile layers", .enabled(if: isRoot, "owners, devices and trusted attributes need root")) struct HostileLayerTests {
    private static let attacks: [(name: String, message: String, build: @Sendable (inout TarBuilder) -> Void)] = [
        ("dots", "the path leads outside by \"..\"", { $0.file("../victim", "x") }),
        ("inner dots", "the path leads outside by \"..\"", { $0.file("a/../../victim", "x") }),
        ("absolute", "the path is absolute", { $0.file("/victim", "x") }),
        ("empty", "the path is empty", { $0.file("", "x") }),
        (
            "through a link", "out is a symbolic link",
            {
                $0.symbolicLink("out", "..")
                $0.file("out/victim", "x")
            }
        ),
        (
            "directory below a link", "out is a symbolic link",
            {
                $0.symbolicLink("out", "..")
                $0.directory("out/new")
            }
        ),
        (
            "directory replaced by a link", "d is a symbolic link",
            {
                $0.directory("d")
                $0.file("d/a")
                $0.symbolicLink("d", "..")
                $0.file("d/victim", "x")
            }
        ),
        ("hard link out", "the path leads outside by \"..\"", { $0.hardLink("h", "../victim") }),
        ("absolute hard link", "the path is absolute", { $0.hardLink("h", "/etc/passwd") }),
        (
            "hard link through a link", "out is no directory",
            {
                $0.symbolicLink("out", "..")
                $0.hardLink("h", "out/victim")
            }
        ),
        ("hard link to nothing", "the hard link's target nothing is not there", { $0.hardLink("h", "nothing") }),
        ("hard link to itself", "the hard link leads to itself", { $0.hardLink("h", "./h") }),
        (
            "hard link below itself", "the hard link leads to itself",
            {
                $0.file("d/f")
                $0.hardLink("d", "d/f")
            }
        ),
        (
            "hard link to a directory", "the hard link's target d is a directory",
            {
                $0.directory("d")
                $0.hardLink("h", "d")
            }
        ),
        (
            "below a file", "f is no directory",
            {
                $0.file("f")
                $0.file("f/x")
            }
        ),
        ("whiteout of nothing", "the whiteout names nothing", { $0.file(".wh.") }),
        ("whiteout of dots", "the whiteout names nothing", { $0.file("d/.wh...") }),
        ("below a whiteout", "it lies below a whiteout", { $0.file(".wh.a/b") }),
        ("root as a file", "the root must be a directory", { $0.file("./", "x") }),
        ("root as a link", "the root must be a directory", { $0.symbolicLink(".", "..") }),
        (
            "long name", "a name of 256 bytes is too long",
            {
                $0.gnuLong("L", Array(repeating: 110, count: 256)); $0.file("n")
            }
        ),
        ("link to a whiteout", "the hard link's target .wh.a is no file", { $0.hardLink("h", ".wh.a") }),
    ]

    @Test(arguments: attacks.indices)
    func isRefused(index: Int) throws {
        let attack = Self.attacks[index]
        let scratch = try Scratch()
        try scratch.write("victim", Array("safe".utf8))
        try makeDirectories("\(scratch.path)/layer")
        var tar = TarBuilder()
        attack.build(&tar)
        let error = failure {
            let writer = try LayerWriter(directory: "\(scratch.path)/layer", lower: LowerLayers(directories: []))
            let reader = TarReader(PrefixedSource(tar.closed, then: nil), needsEndMarker: true)
            while let entry = try reader.next() { try writer.apply(entry, body: reader) }
            return try writer.finish()
        }
        #expect(error == ApusError(.malformed, attack.message), "\(attack.name)")
        #expect(try scratch.shell("cat victim; ls -A | sort | tr '\\n' ' '").hasPrefix("safe"))
        #expect(try listDirectory(scratch.path).sorted() == ["layer", "victim"])
    }

    /// Unpacks a layer over one that has a link out, `out`, and a file.
    private func unpackOverLinkOut(_ scratch: Scratch, _ build: (inout TarBuilder) -> Void) throws {
        var lower = TarBuilder()
        lower.symbolicLink("out", "../..")
        lower.file("file", "low")
        var upper = TarBuilder()
        build(&upper)
        for (name, tar) in [("low", lower), ("top", upper)] {
            try scratch.write("\(name).tar", tar.closed)
            try makeDirectories("\(scratch.path)/a/\(name)")
            try unpackLayer("\(scratch.path)/\(name).tar", into: "\(scratch.path)/a/\(name)", over: name == "low" ? [] : ["\(scratch.path)/a/low"])
        }
    }

    @Test func aLinkOfALayerBelowLeadsNowhere() throws {
        let scratch = try Scratch()
        try scratch.write("victim", Array("safe".utf8))
        try unpackOverLinkOut(scratch) { tar in
            tar.file("out/victim", "evil")
            tar.file("out/.wh.file")
            tar.directory("out/deep")
        }
        #expect(try scratch.shell("cat victim; stat -c %F a/top/out; cat a/top/out/victim") == "safedirectory\nevil")
        #expect(try listDirectory(scratch.path).sorted() == ["a", "low.tar", "top.tar", "victim"])
        #expect(
            failure { try unpackOverLinkOut(try Scratch()) { $0.hardLink("h", "out/victim") } }?.message == "the hard link's target out/victim is not there")
    }

    /// Somebody who can write in the directory exchanges a directory for a link all the time.
    @Test(arguments: ["layer", "copy"]) func aRaceIsNotWon(way: String) throws {
        let scratch = try Scratch()
        try scratch.shell("mkdir -p into/d victim; touch victim/keep; ln -s ../victim into/other")
        var tar = TarBuilder()
        for index in 0..<300 {
            tar.file("d/f\(index)", "evil")
            tar.file("top\(index)")
            tar.directory("d/sub\(index)")
            tar.hardLink("d/h\(index)", "top\(index)")
            tar.device("d/p\(index)", "6", 0, 0)
        }
        try scratch.write("t.tar", tar.closed)
        let into = "\(scratch.path)/into"
        let isDone = Atomic(false)
        let exchanger = try WorkerThread { [into] in
            while !isDone.load(ordering: .relaxed) { _ = unsafe apus_renameat2(AT_FDCWD, "\(into)/d", AT_FDCWD, "\(into)/other", 2) }  // RENAME_EXCHANGE
        }
        for _ in 0..<20 {
            // Whatever the answer is; most of the times the link is seen and refused.
            if way == "layer" {
                _ = failure { try unpackLayer("\(scratch.path)/t.tar", into: into) }
            } else {
                let file = try openFile("\(scratch.path)/t.tar", O_RDONLY)
                _ = failure { try unpackTree(from: file.raw, name: "t", into: openDirectory(into), owner: nil) }
            }
        }
        isDone.store(true, ordering: .relaxed)
        exchanger.join()
        #expect(try listDirectory("\(scratch.path)/victim") == ["keep"])
    }
}
