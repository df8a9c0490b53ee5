import Glibc
import LinuxSystem
import Testing

@testable import ImageStore

/// Random trees, packed by GNU tar and bsdtar in each of their formats: what we unpack is what GNU tar unpacks.
///
/// APUS_TREES is how many trees there are, APUS_SEED the first one's seed; `make fuzz T=trees N=5000` runs thousands.
@Suite("the same as GNU tar", .enabled(if: isRoot && installed("tar", "bsdtar"), "needs root, GNU tar and bsdtar")) struct TreeDifferentialTests {
    /// One way to pack a tree.
    struct Dialect: CustomTestStringConvertible, Sendable {
        let command: String
        var limits = TreeLimits.any
        /// What GNU tar unpacks of it too.
        var aspects = TreeLook.Aspects.all
        /// What it keeps; nil where it changes other things too.
        var kept: TreeLook.Aspects?
        /// Whether it keeps holes.
        var isSparse = false
        var testDescription: String { command }

        static let all = [
            Dialect(command: "tar --format=v7", limits: .v7), Dialect(command: "tar --format=ustar", limits: .ustar),
            Dialect(command: "tar --format=oldgnu"), Dialect(command: "tar --format=oldgnu --sparse", isSparse: true),
            Dialect(command: "tar --format=gnu"), Dialect(command: "tar --format=gnu --sparse", isSparse: true),
            Dialect(command: "tar --format=posix --xattrs --xattrs-include=*", kept: .all),
            Dialect(command: "tar --format=posix --sparse --sparse-version=0.0", isSparse: true),
            Dialect(command: "tar --format=posix --sparse --sparse-version=0.1", isSparse: true),
            Dialect(command: "tar --format=posix --sparse --sparse-version=1.0 --xattrs --xattrs-include=*", kept: .all, isSparse: true),
            Dialect(command: "tar --format=posix --pax-option=globexthdr.name=g,comment=all,delete=atime"),
            // GNU tar sets the times of directories too early for bsdtar's order, and does not know that it writes names of attributes encoded.
            Dialect(command: "bsdtar --format=v7", limits: .libarchive(.v7), aspects: []),
            Dialect(command: "bsdtar --format=ustar", limits: .libarchive(.ustar), aspects: []),
            Dialect(command: "bsdtar --format=gnutar", limits: .libarchive(.any), aspects: []),
            Dialect(command: "bsdtar --format=pax", limits: .libarchive, aspects: [], kept: .all, isSparse: true),
            Dialect(command: "bsdtar --format=paxr", limits: .libarchive(.any), aspects: []),
        ]
    }

    private static func setting(_ name: String, _ usual: Int) -> Int { unsafe getenv(name).flatMap { unsafe Int(String(cString: $0)) } ?? usual }
    static let count = setting("APUS_TREES", 320)
    static let seed = setting("APUS_SEED", 1)
    /// Starting a tar takes longer than packing a tree, so several lie side by side.
    private static let batch = 10

    @Test(arguments: Dialect.all.indices)
    func unpacksTheSame(index: Int) throws {
        let dialect = Dialect.all[index]
        let batches = max(1, Self.count / Self.batch / Dialect.all.count)
        for number in 0..<batches {
            let first = Self.seed + (number * Dialect.all.count + index) * Self.batch
            let differences = try compare(dialect, seeds: first..<first + Self.batch)
            #expect(differences.isEmpty, "APUS_TREES=\(Self.count) APUS_SEED=\(Self.seed): \(differences)")
            if !differences.isEmpty { return }
        }
    }

    /// What is different, in words; empty where nothing is.
    private func compare(_ dialect: Dialect, seeds: Range<Int>) throws -> String {
        let scratch = try Scratch()
        for seed in seeds {
            try makeDirectories("\(scratch.path)/tree/\(seed)")
            try RandomTree.make(UInt64(seed), in: "\(scratch.path)/tree/\(seed)", dialect.limits)
        }
        // bsdtar says by its status that it does not like some names, and packs them.
        try scratch.shell("LC_ALL=C.UTF-8 \(dialect.command) -C tree -cf t.tar . || [ \(dialect.command.hasPrefix("bsdtar") ? "$?" : "0") = 1 ]")
        try scratch.shell(
            "mkdir theirs && tar -C theirs -xpf t.tar --numeric-owner --xattrs --xattrs-include='*' --warning=no-unknown-keyword --warning=no-timestamp")
        let ours = "\(scratch.path)/ours"
        try makeDirectories(ours)
        try unpackLayer("\(scratch.path)/t.tar", into: ours)
        let look = try TreeLook(ours, dialect.aspects)
        let theirs = try TreeLook("\(scratch.path)/theirs", dialect.aspects)
        if look != theirs { return "ours | theirs, \(dialect.command), seeds \(seeds)\n\(look.difference(to: theirs))" }
        let source = try TreeLook("\(scratch.path)/tree", dialect.kept ?? [])
        if let kept = dialect.kept {
            let look = try TreeLook(ours, kept)
            if look != source { return "ours | packed, \(dialect.command), seeds \(seeds)\n\(look.difference(to: source))" }
        }
        // Each run may begin and end within a block.
        if dialect.isSparse, look.allocated > source.allocated + (1 << 20) {
            return "\(look.allocated) bytes take room of what took \(source.allocated), \(dialect.command), seeds \(seeds)"
        }
        return ""
    }

    /// Random trees, packed by us: GNU tar, bsdtar and we unpack the same as was packed, and packed again they are the same bytes.
    @Test(arguments: 0..<4) func othersUnpackWhatWePack(batch: Int) throws {
        let scratch = try Scratch()
        var limits = TreeLimits.any
        limits.times = TreeLimits.libarchive.times
        for seed in 0..<8 {
            try makeDirectories("\(scratch.path)/tree/\(seed)")
            try RandomTree.make(UInt64(Self.seed + 1_000_000 + batch * 8 + seed), in: "\(scratch.path)/tree/\(seed)", limits)
        }
        let source = try TreeLook("\(scratch.path)/tree")
        let options = ["tar": "--xattrs --xattrs-include='*'", "bsdtar": "--xattrs"]
        // As a layer holds them, and with every hole that there is.
        for (name, leastHoles) in [("layer", TreePacker.holesOfLayers), ("copy", 1)] {
            for copy in ["one", "two"] {
                let output = try openFile("\(scratch.path)/\(name)-\(copy).tar", O_WRONLY | O_CREAT)
                let sink = DescriptorSink(output.raw, name: copy)
                let packer = TreePacker(TarWriter(sink), leastHoles: leastHoles)
                try packer.packContents(of: openDirectory("\(scratch.path)/tree"), as: [], place: [])
                try packer.tar.finish()
                try sink.flush()
            }
            try scratch.shell("cmp \(name)-one.tar \(name)-two.tar")
            for (program, flags) in options {
                let target = "\(name)-\(program)"
                try scratch.shell("mkdir \(target) && LC_ALL=C.UTF-8 \(program) -C \(target) -xpf \(name)-one.tar --numeric-owner \(flags)")
                let (theirs, want) = try (look(target, program, scratch), look("tree", program, scratch))
                #expect(theirs == want, "\(program) | packed, \(name), batch \(batch):\n\(theirs.difference(to: want))")
            }
            let ours = "\(scratch.path)/\(name)-ours"
            try makeDirectories(ours)
            try unpackLayer("\(scratch.path)/\(name)-one.tar", into: ours)
            let look = try TreeLook(ours)
            #expect(look == source, "ours | packed, \(name), batch \(batch):\n\(look.difference(to: source))")
        }
    }

    /// bsdtar leaves out what it thinks is the system's, so attributes are compared where GNU tar unpacks.
    private func look(_ directory: String, _ program: String, _ scratch: Scratch) throws -> TreeLook {
        try TreeLook("\(scratch.path)/\(directory)", program == "tar" ? .all : .directoryTimes)
    }
}

/// Unpacks a tar file as a base layer.
func unpackLayer(_ path: String, into directory: String, over lower: [String] = []) throws {
    let file = SharedFile(try openFile(path, O_RDONLY), name: path)
    let size = try status(of: file.fd.raw).st_size
    let reader = TarReader(RegionSource(file, offset: 0, size: size), needsEndMarker: true)
    let writer = try LayerWriter(directory: directory, lower: LowerLayers(directories: lower))
    while let entry = try reader.next() { try writer.apply(entry, body: reader) }
    try writer.finish()
}
