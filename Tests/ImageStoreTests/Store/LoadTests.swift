import Glibc
import LinuxSystem
import OCISpec
import Synchronization
import Testing

@testable import ImageStore

@Suite("loading", .enabled(if: isRoot, "layers need root")) struct LoadTests {
    let scratch: Scratch
    var store: ImageStore { scratch.store }

    init() throws { scratch = try Scratch() }

    private func load(_ bytes: [UInt8], _ name: String = "a.tar") throws -> [LoadedImage] {
        try store.load(from: .path(scratch.write(name, bytes)))
    }

    @Test func everyFormIsTheSameImage() throws {
        let image = ImageBuilder.simple
        let archives = [try image.ociArchive("app:1"), try image.dockerArchive(["app:1"])]
        for archive in archives {
            try scratch.write("plain", archive)
            for packer in ["cat", "gzip -c", "zstd -qc", "xz -c", "bzip2 -c"] {
                try scratch.shell("\(packer) plain > packed")
                let loaded = try store.load(from: .path("\(scratch.path)/packed"))
                #expect(loaded.map(\.id) == [try image.id()])
                #expect(loaded.first?.references == ["app:1"])
            }
        }
        // Both have uncompressed layers, so even the manifests are the same, and there is one image.
        #expect(try store.list().count == 1)
        let resolved = try store.resolve("app:1")
        #expect(resolved.config.cmd == ["sh"])
        #expect(resolved.layers.count == 2)
        #expect(try scratch.shell("cat store/layers/l/\(resolved.layers[0])/bin/sh") == "#!")
    }

    @Test func readsFromAPipeAndFromAnOffset() throws {
        let archive = try ImageBuilder.simple.dockerArchive(["app"])
        try scratch.write("a.tar", archive)
        try scratch.shell("mkfifo pipe; (cat a.tar > pipe) & true")
        let pipe = try openFile("\(scratch.path)/pipe", O_RDONLY)
        #expect(try store.load(from: .descriptor(pipe.raw, name: "standard input")).count == 1)
        try scratch.write("b.tar", Array("junk".utf8) + archive)
        let file = try openFile("\(scratch.path)/b.tar", O_RDONLY)
        lseek(file.raw, 4, SEEK_SET)
        #expect(try store.load(from: .descriptor(file.raw, name: "standard input")).count == 1)
    }

    @Test func layersAreSharedAndMayBeLinks() throws {
        var image = ImageBuilder({ $0.file("a") }, { $0.file("b") }, { $0.file("c") })
        image.layers[2] = image.layers[0]
        let loaded = try load(try image.dockerArchive(["app"], links: true))
        #expect(loaded.count == 1)
        #expect(try store.resolve("app").layers.count == 4)
        let other = ImageBuilder({ $0.file("a") }, { $0.file("other") })
        _ = try load(try other.ociArchive("other"))
        #expect(try listDirectory("\(store.root)/layers").filter { $0.utf8.count == 64 }.count == 4)
        #expect(try store.resolve("app").layers[2] == store.resolve("other").layers[1])
    }

    @Test func aDirectoryIsALayout() throws {
        try scratch.write("a.tar", try ImageBuilder.simple.ociArchive("latest"))
        try scratch.shell("mkdir layout && tar -C layout -xf a.tar && mkdir empty")
        #expect(try store.load(from: .path("\(scratch.path)/layout")).map(\.references) == [["layout:latest"]])
        #expect(
            failure { try store.load(from: .path("\(scratch.path)/empty")) }?.message
                == "cannot load \(scratch.path)/empty: the directory has no index.json and is no OCI layout")
    }

    @Test func aRootFilesystemGetsAConfiguration() throws {
        var tar = TarBuilder()
        tar.directory("./")
        tar.file("./bin", "x")
        for packer in ["cat", "gzip -nc", "xz -c"] {
            try scratch.write("plain", tar.closed)
            try scratch.shell("\(packer) plain > rootfs.tar")
            #expect(try store.load(from: .path("\(scratch.path)/rootfs.tar")).map(\.references) == [["rootfs:latest"]])
        }
        let image = try store.inspect("rootfs")
        #expect(image.config.config == ExecutionParameters())
        #expect(image.config.created == "2023-11-14T22:13:20.000000000Z")
        #expect(image.size == 1)
        // The same content is the same image, however it was packed.
        #expect(try store.list().count == 1)
    }

    @Test func theHostsPlatformIsChosen() throws {
        var other = ImageBuilder.simple
        other.platform = Platform(os: "linux", architecture: "s390x")
        var blobs = try ImageBuilder.simple.blobs()
        let foreign = try other.blobs()
        blobs.blobs.merge(foreign.blobs) { $1 }
        var attestation = foreign.manifest
        attestation.platform = Platform(os: "unknown", architecture: "unknown")
        let inner = try encodeJSON(ImageIndex(manifests: [attestation, foreign.manifest, blobs.manifest]))
        let digest = Sha256.digest(of: inner)
        blobs.blobs[digest] = inner
        let nested = Descriptor(
            mediaType: .index, digest: digest, size: inner.count, annotations: [AnnotationKey.containerdImageName: "docker.io/library/multi:2"])
        let loaded = try load(try ImageBuilder.ociArchive(ImageIndex(manifests: [nested]), blobs.blobs))
        #expect(loaded.map(\.id) == [try ImageBuilder.simple.id()])
        #expect(loaded.first?.references == ["multi:2"])

        let onlyForeign = try encodeJSON(ImageIndex(manifests: [foreign.manifest]))
        blobs.blobs[Sha256.digest(of: onlyForeign)] = onlyForeign
        let descriptor = Descriptor(mediaType: .index, digest: Sha256.digest(of: onlyForeign), size: onlyForeign.count)
        #expect(
            failure { try load(try ImageBuilder.ociArchive(ImageIndex(manifests: [descriptor]), blobs.blobs)) }?.message
                == "cannot load \(scratch.path)/a.tar: the archive has no image for \(Platform.host); it has linux/s390x")
    }

    @Test func runsAnArchiveWithoutTakingNames() throws {
        _ = try load(try ImageBuilder.simple.ociArchive("app"))
        let second = ImageBuilder({ $0.file("second") })
        let path = try scratch.write("second.tar", try second.ociArchive("app"))
        #expect(try store.resolve(archivePath: path).id == second.id())
        #expect(try store.resolve("app").id == ImageBuilder.simple.id())
        // The second time nothing is read: the archive may be damaged in place without anybody seeing.
        let before = monotonicNanoseconds()
        #expect(try store.resolve(archivePath: path).id == second.id())
        print("resolve of a known archive: \((monotonicNanoseconds() - before) / 1000) us")
        _ = try store.tag("app", "more")
        #expect(try store.resolve(archivePath: path).id == second.id())
        #expect(
            failure { try store.resolve(archivePath: "\(scratch.path)/none.tar") }?.description
                == "cannot open \(scratch.path)/none.tar: no such file or directory (ENOENT)")
    }

    @Test func mayWaitForTheDisk() throws {
        var options = LoadOptions()
        options.durability = .synced
        let path = try scratch.write("a.tar", try ImageBuilder.simple.ociArchive("app"))
        #expect(try store.load(from: .path(path), options: options).count == 1)
    }

    @Test func progressCountsTheArchivesBytes() throws {
        let image = ImageBuilder({ $0.add(.init(name: Array("big".utf8), body: Array(repeating: 7, count: 9 << 20))) })
        let seen = Mutex([LoadProgress]())
        _ = try store.load(from: .path(scratch.write("a.tar", try image.ociArchive("app")))) { report in seen.withLock { $0.append(report) } }
        let reports = seen.withLock { $0 }
        let size = image.layers[0].count
        #expect(reports.count >= 2 && reports.last == LoadProgress(done: size, total: size))
    }

    @Test func twentyLoadsAtOnce() async throws {
        try scratch.write("a.tar", try ImageBuilder({ $0.file("a", "x") }, { $0.file("b", "y") }).ociArchive("app"))
        let (store, path) = (store, "\(scratch.path)/a.tar")
        let loaded = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<20 { group.addTask { (try? store.load(from: .path(path)).count) == 1 } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(loaded == 20)
        #expect(try store.list().count == 1)
        #expect(try listDirectory("\(store.root)/tmp").isEmpty)
        #expect(try store.prune() == PruneReport())
    }
}
