import Engine
import Glibc
import LinuxSystem
import Testing

/// The state after a restore and in a clone is what it was: files, modes, owners, times, attributes, deletions, links.
@Suite struct SnapshotStateTests {
    /// A tree with all kinds of files in its image, to be changed and deleted.
    private static let image = """
        mkdir -p data/d0/d1 data/d1/d2 data/d2/d3 data/d3
        for d in data data/d0 data/d0/d1 data/d1 data/d1/d2 data/d2 data/d2/d3; do
            for f in f0 f1 f2 n0; do echo "$d/$f" > $d/$f; done
            ln -s f0 $d/n1
        done
        ln data/f1 data/d0/n2; ln data/d1/f1 data/d1/d2/n3
        chmod 4755 data/f2; chmod 1777 data/d1; chown 5:6 data/d2/f0; mkfifo data/d2/n2; touch -d @100.5 data/d0/f1 data/d3
        chmod 750 .
        """

    @Test func isWhatItWas() throws {
        try Apus.with(image: false) { apus throws in
            let archive = try apus.rootfs("tree", Self.image)
            try apus.output("create", "--name", "box", "--stop-timeout", "0", "-v", "data:/made/by/apus", archive, "sleep", "1000")
            for round in 0..<rounds(4, slow: 1) {
                let prefix = "r\(round)-"
                try apus.output("start", "box")
                try apus.change("box", rounds(150, slow: 50))
                let first = try apus.state("box")
                try apus.output("snapshot", "create", "box", "\(prefix)running")
                try apus.change("box", rounds(150, slow: 50))
                try apus.output("stop", "box")
                try apus.output("start", "box")
                let second = try apus.state("box")
                try apus.output("stop", "box")
                try apus.output("snapshot", "create", "box", "\(prefix)stopped")
                try apus.output("start", "box")
                expect(try apus.state("box"), second, "above the snapshot of a stopped container")
                try apus.change("box", rounds(100, slow: 30))
                let third = try apus.state("box")

                try apus.output("clone", "box", "\(prefix)live")
                try apus.output("start", "\(prefix)live")
                expect(try apus.state("\(prefix)live"), third, "clone of a running container")
                _ = try apus.run("snapshot", "restore", "box", "\(prefix)running")
                expect(try apus.state("box"), first, "restored from the snapshot of a running container")
                try apus.output("stop", "box")
                try apus.output("snapshot", "restore", "box", "\(prefix)stopped")
                try apus.output("start", "box")
                expect(try apus.state("box"), second, "restored from the snapshot of a stopped container")
                try apus.output("clone", "box:\(prefix)running", "\(prefix)old")
                try apus.output("start", "\(prefix)old")
                expect(try apus.state("\(prefix)old"), first, "clone of a snapshot")
                try apus.output("stop", "box", "\(prefix)live")
                try apus.output("clone", "\(prefix)live", "\(prefix)again")
                try apus.output("start", "\(prefix)again")
                expect(try apus.state("\(prefix)again"), third, "clone of a stopped clone")
            }
            // Neither the volume's place nor those of proc and the like are in what was taken.
            for id in try listDirectory(apus.paths.snapshots) {
                let names = try listDirectory("\(apus.paths.snapshot(id))/fs")
                #expect(names.allSatisfy { ["data"].contains($0) }, "\(names)")
            }
        }
    }

    private func expect(_ state: TreeState, _ wanted: TreeState, _ what: String, at location: SourceLocation = #_sourceLocation) {
        let differences = state.differences(from: wanted)
        #expect(differences.isEmpty, "\(what): \(differences.prefix(10))", sourceLocation: location)
        #expect(wanted.entries.count > 20, sourceLocation: location)
    }
}

extension Apus {
    /// Changes the files of a running container at random, through its own root.
    func change(_ name: String, _ count: Int) throws {
        var changer = TreeChanger(try rootDirectory(name))
        for _ in 0..<count { try changer.change() }
    }

    /// All that a running container sees of its files.
    func state(_ name: String) throws -> TreeState { try TreeState(of: try rootDirectory(name)) }

    private func rootDirectory(_ name: String) throws -> String { "/proc/\(try pid(of: try readLink("\(paths.names)/\(name)")))/root" }
}
