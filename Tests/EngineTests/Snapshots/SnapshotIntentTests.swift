import ContainerRuntime
import Glibc
import ImageStore
import LinuxSystem
import Testing

@testable import Engine

/// What a command was killed in the middle of is finished from wherever it was left.
@Suite struct SnapshotIntentTests {
    /// An instance with one container that has written a file, and one layer.
    private struct Place: ~Copyable {
        let engine: Engine
        let record: ContainerRecord
        var directory: String { engine.paths.container(record.id) }
        var upper: String { "\(directory)/upper" }

        init() throws {
            engine = Engine(root: "/tmp/apus-intent-\(getpid())-\(UInt32.random(in: .min ... .max))")
            record = ContainerRecord(name: "web", imageName: "busybox", imageID: "ab", layers: ["base", "skeleton"], settings: ContainerSettings())
            for path in ["\(engine.images.layerBase)/base", "\(engine.paths.container(record.id))/upper", "\(engine.paths.container(record.id))/work"] {
                try makeDirectories(path)
            }
            try makeDirectories(engine.paths.snapshots)
            try replaceFile("\(upper)/file", with: Array("written".utf8))
            try systemCall("chmod") { unsafe chmod(upper, 0o1751) }
            try engine.containers.write(record)
            try engine.containers.reserveName("web", for: record.id)
        }

        deinit {
            try? removeTree(engine.paths.root)
            try? removeTree(engine.paths.run)
        }
    }

    @Test(arguments: 0..<6) func taking(_ done: Int) throws {
        let place = try Place()
        let (engine, record) = (place.engine, place.record)
        let snapshot = SnapshotRecord(of: record, name: "one")
        let intent = SnapshotIntent(kind: .take, id: snapshot.id, snapshot: snapshot, layers: snapshot.stack, lineage: snapshot.lineage)
        try engine.containers.write(intent, of: record)
        let directory = engine.paths.snapshot(snapshot.id)
        if done > 0 { try makeDirectories(directory) }
        if done > 1 { try systemCall("rename") { unsafe rename(place.upper, "\(directory)/fs") } }
        if done > 2 { try engine.containers.linkSnapshot(snapshot.id) }
        if done > 3 { try writeRecord(snapshot, "\(directory)/snapshot.json") }
        if done > 4 { try engine.containers.change(record) { $0.layers = snapshot.stack } }

        let found = try engine.containers.find("web")
        #expect(found.layers == ["s\(snapshot.id.prefix(12))", "base", "skeleton"] && found.snapshots == [snapshot.id])
        #expect(try readText("\(engine.images.layerBase)/\(found.layers[0])/file") == "written")
        #expect(try listDirectory(place.directory) == ["container.json"])
        let listed = try engine.snapshots()
        #expect(listed.count == 1 && listed.first?.isCurrent == true && listed.first?.record == snapshot)
        try engine.collectSnapshots()
        #expect(try listDirectory(engine.paths.snapshots) == [snapshot.id])
    }

    @Test(arguments: 0..<4) func restoring(_ done: Int) throws {
        let place = try Place()
        let (engine, record) = (place.engine, place.record)
        let intent = SnapshotIntent(kind: .restore, id: ContainerRecord.randomID(), layers: ["s123456789abc", "base"], lineage: ["x"])
        try engine.containers.write(intent, of: record)
        let directory = engine.paths.snapshot(intent.id)
        if done > 0 { try makeDirectories(directory) }
        if done > 1 { try systemCall("rename") { unsafe rename(place.upper, "\(directory)/fs") } }
        if done > 2 { try engine.containers.change(record) { $0.layers = intent.layers } }

        // Not before it is finished: nothing else speaks of the old state.
        try engine.collectSnapshots()
        #expect(done < 2 || fileExists("\(directory)/fs/file"))
        let found = try engine.containers.all()
        #expect(found.map(\.layers) == [intent.layers] && found.map(\.snapshots) == [["x"]])
        #expect(try listDirectory(place.directory) == ["container.json"])
        try engine.collectSnapshots()
        #expect(try listDirectory(engine.paths.snapshots) == [])
    }

    @Test func aCommandAtWorkIsLeftAlone() throws {
        let place = try Place()
        let (engine, record) = (place.engine, place.record)
        let snapshot = SnapshotRecord(of: record, name: "one")
        guard let lock = try engine.containers.takeLock(record.id) else { throw ApusError(.system, "the lock is taken") }
        try engine.containers.write(SnapshotIntent(kind: .take, id: snapshot.id, snapshot: snapshot), of: record)
        #expect(try engine.containers.find("web").layers == record.layers)
        #expect(fileExists(place.upper))
        _ = lock.raw
    }

    /// A copy counts from its record on; a directory that somebody fills is not taken away.
    @Test func anUnfinishedCopyIsCollected() throws {
        let place = try Place()
        let (engine, record) = (place.engine, place.record)
        let id = ContainerRecord.randomID()
        try makeDirectories("\(engine.paths.snapshot(id))/fs")
        try writeRecord(SnapshotIntent(kind: .copy, id: id), "\(place.directory)/intent.json")
        do {
            let owner = try DirectoryLock.take(engine.paths.snapshot(id))
            _ = try engine.containers.find("web")
            try engine.collectSnapshots()
            #expect(fileExists("\(place.directory)/intent.json") && fileExists(engine.paths.snapshot(id)))
            _ = owner.raw
        }
        #expect(try engine.containers.find("web") == record)
        try engine.collectSnapshots()
        #expect(!fileExists("\(place.directory)/intent.json") && !fileExists(engine.paths.snapshot(id)))
    }

    @Test func aNewUpperDirectoryLooksLikeTheTopLayer() throws {
        let place = try Place()
        let (engine, record) = (place.engine, place.record)
        let top = "\(engine.images.layerBase)/base"
        try systemCall("chmod") { unsafe chmod(top, 0o1700) }
        let times = [timespec(tv_sec: 5, tv_nsec: 6), timespec(tv_sec: 7, tv_nsec: 8)]
        try systemCall("utimensat") { unsafe utimensat(AT_FDCWD, top, times, 0) }
        try engine.containers.makeRoot("\(place.directory)/new", like: record.layers[0])
        var status = stat()
        try systemCall("stat") { unsafe stat("\(place.directory)/new", &status) }
        #expect(status.st_mode & 0o7777 == 0o1700 && status.st_mtim.tv_sec == 7 && status.st_mtim.tv_nsec == 8)
    }

    @Test func names() {
        for name in ["a", "before-upgrade", "1.2_3"] { #expect(Engine.isSnapshotName(name)) }
        for name in ["", "-a", "a:b", "a/b", "a b", String(repeating: "a", count: 129), "ä"] { #expect(!Engine.isSnapshotName(name)) }
    }
}
