import LinuxSystem
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
}
