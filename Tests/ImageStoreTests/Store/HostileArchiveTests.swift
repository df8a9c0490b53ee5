import Glibc
import LinuxSystem
import OCISpec
import Testing

@testable import ImageStore

/// Archives that are damaged or lie: one sentence each, and nothing left in the store.
@Suite("hostile archives", .enabled(if: isRoot, "layers need root")) struct HostileArchiveTests {
    let scratch: Scratch
    var store: ImageStore { scratch.store }

    init() throws {
        scratch = try Scratch()
        try store.prepare()
    }

    private func refusal(_ bytes: [UInt8], options: LoadOptions = LoadOptions()) throws -> String {
        let path = try scratch.write("bad.tar", bytes)
        let error = try #require(failure { try store.load(from: .path(path), options: options) })
        #expect(error.code == .malformed || error.code == .notSupported || error.code == .notFound)
        try expectNothingLeft()
        let prefix = "cannot load \(path): "
        #expect(error.message.hasPrefix(prefix) && !error.message.contains("\n"))
        return String(error.message.dropFirst(prefix.count))
    }

    private func expectNothingLeft() throws {
        #expect(try listDirectory("\(store.root)/tmp").isEmpty)
        #expect(try listDirectory("\(store.root)/images/blobs/sha256").isEmpty)
        #expect(try listDirectory("\(store.root)/layers").sorted() == ["l", "skeleton"])
        #expect(try store.list().isEmpty)
    }

    @Test(arguments: ["oci", "docker", "docker.gz", "rootfs"])
    func truncatedAtEveryByte(form: String) throws {
        let image = ImageBuilder({ $0.file("a", "text") })
        var archive: [UInt8]
        switch form {
        case "oci": archive = try image.ociArchive("app")
        case "rootfs": archive = image.layers[0]
        default: archive = try image.dockerArchive(["app"])
        }
        // The closing blocks may be cut: everything is there before them.
        var end = archive.count - 1024
        if form == "docker.gz" {
            try scratch.write("plain", archive)
            try scratch.shell("gzip -nc plain > packed")
            archive = try readFile("\(scratch.path)/packed")
            end = archive.count
        }
        for length in stride(from: 0, to: end, by: form == "docker.gz" || form == "rootfs" ? 1 : 37) {
            let message = try refusal(Array(archive[..<length]))
            #expect(message.contains("ends") || message.contains("empty") || message.contains("neither"), "\(form) cut at \(length): \(message)")
        }
    }

    @Test func wrongDigests() throws {
        var image = ImageBuilder.simple
        let right = try image.blobs()
        let digest = Sha256.digest(of: image.layers[0])
        let zeros = String(repeating: "0", count: 64)

        image.editConfig = { $0.replacing(digest.hex, with: zeros) }
        #expect(
            try refusal(try image.ociArchive("app"))
                == "layer 1 of 1: its uncompressed digest is \(digest) where the image configuration says sha256:\(zeros)")
        #expect(
            try refusal(try image.dockerArchive(["app"]))
                == "layer 1 of 1: its digest is \(digest) where the manifest says sha256:\(zeros)")

        var blobs = right.blobs
        blobs[digest]?[1024] ^= 1
        #expect(
            try refusal(try ImageBuilder.ociArchive(ImageIndex(manifests: [right.manifest]), blobs)).hasPrefix("layer 1 of 1: its digest is sha256:"))
        blobs = right.blobs
        blobs[digest]?.append(0)
        #expect(
            try refusal(try ImageBuilder.ociArchive(ImageIndex(manifests: [right.manifest]), blobs))
                == "layer 1 of 1: it has \(image.layers[0].count + 1) bytes where its descriptor says \(image.layers[0].count)")
        blobs = right.blobs
        blobs[right.manifest.digest]?.append(32)
        #expect(
            try refusal(try ImageBuilder.ociArchive(ImageIndex(manifests: [right.manifest]), blobs))
                == "the manifest \(right.manifest.digest) has \(right.manifest.size + 1) bytes where its descriptor says \(right.manifest.size)")
        blobs[right.manifest.digest] = nil
        #expect(
            try refusal(try ImageBuilder.ociArchive(ImageIndex(manifests: [right.manifest]), blobs))
                == "the manifest \(right.manifest.digest) is missing: there is no \(blobName(right.manifest.digest))")
    }

    @Test func documentsThatAreNone() throws {
        func archive(_ name: String, _ text: String) -> [UInt8] {
            var tar = TarBuilder()
            tar.file(name, text)
            return tar.closed
        }
        #expect(try refusal(archive("manifest.json", "{")) == "manifest.json is damaged: it is not valid JSON")
        #expect(try refusal(archive("manifest.json", "[]")) == "manifest.json lists no image")
        #expect(try refusal(archive("manifest.json", "[{}]")) == "manifest.json is damaged: Index 0 \"Config\" is missing")
        #expect(try refusal(archive("index.json", #"{"schemaVersion":2,"manifests":[]}"#)) == "the archive has no image for \(Platform.host)")
        #expect(
            try refusal(archive("index.json", #"{"schemaVersion":2,"manifests":[{"mediaType":"a","digest":"sha256:12","size":1}]}"#))
                == "index.json is damaged: manifests.Index 0.digest \"sha256:12\" is no sha256 digest")
        #expect(try refusal(archive("index.json", String(repeating: "[", count: 100_000))).hasPrefix("index.json is damaged"))
        #expect(try refusal(archive("oci-layout", "")) == "the archive has neither index.json nor manifest.json, and no image of the old form")
        #expect(try refusal(archive("repositories", "{}")) == "the archive has neither index.json nor manifest.json, and no image of the old form")
        #expect(
            try refusal(Array("this is a text file and longer than a block".utf8) + Array(repeating: 65, count: 600))
                == "neither an image archive nor the tar of a root filesystem (not a tar header: its checksum is wrong)")
        #expect(try refusal([]) == "the archive is empty")
    }

    @Test func documentsThatAreTooLong() throws {
        // 4 GB of zeros, as a hole: nothing of it may be read.
        let header = TarBuilder.header(.init(name: Array("manifest.json".utf8), size: 4 << 30))
        try scratch.write("long.tar", header)
        try scratch.shell("truncate -s \(512 + (4 << 30)) long.tar; head -c 1024 /dev/zero >> long.tar")
        let error = failure { try store.load(from: .path("\(scratch.path)/long.tar")) }
        #expect(
            error?.message == "cannot load \(scratch.path)/long.tar: the list of images is too long: manifest.json has 4294967296 bytes, the limit is 16777216")
        try expectNothingLeft()
    }

    @Test func namesThatLeadOutside() throws {
        var tar = TarBuilder()
        tar.file("manifest.json", #"[{"Config":"../../etc/passwd","Layers":[]}]"#)
        #expect(try refusal(tar.closed) == "the path leads outside by \"..\"")
        tar = TarBuilder()
        tar.file("manifest.json", #"[{"Config":"c","Layers":[]}]"#)
        tar.symbolicLink("c", "../../../etc/passwd")
        #expect(try refusal(tar.closed) == "entry c: the link leads outside the archive")
        tar = TarBuilder()
        tar.file("manifest.json", #"[{"Config":"c","Layers":[]}]"#)
        tar.symbolicLink("c", "d")
        tar.symbolicLink("d", "c")
        #expect(try refusal(tar.closed) == "the link c leads to itself")
        try scratch.shell("mkdir layout; ln -s /etc/passwd layout/index.json")
        #expect(
            failure { try store.load(from: .path("\(scratch.path)/layout")) }?.message
                == "cannot load \(scratch.path)/layout: the link index.json leads outside the archive")
    }

    @Test func indexesThatGrow() throws {
        // Each index names the next one many times: without a limit this would be 50 to the power of 8 documents.
        var blobs: [Digest: [UInt8]] = [:]
        var descriptor = try ImageBuilder.simple.blobs().manifest
        for _ in 0..<9 {
            let bytes = try encodeJSON(ImageIndex(manifests: Array(repeating: descriptor, count: 50)))
            let digest = Sha256.digest(of: bytes)
            blobs[digest] = bytes
            descriptor = Descriptor(mediaType: .index, digest: digest, size: bytes.count)
        }
        #expect(
            try refusal(try ImageBuilder.ociArchive(ImageIndex(manifests: [descriptor]), blobs)) == "the indexes are nested too deep or lead back to themselves"
        )
    }

    @Test func bombs() throws {
        var options = LoadOptions()
        options.unpackLimit = 1 << 20
        for form in ["rootfs", "docker"] {
            let image = ImageBuilder({ $0.add(.init(name: Array("zeros".utf8), body: Array(repeating: 0, count: 2 << 20))) })
            try scratch.write("plain", form == "docker" ? try image.dockerArchive([]) : image.layers[0])
            try scratch.shell("gzip -c plain > bomb")
            let message = try refusal(try readFile("\(scratch.path)/bomb"), options: options)
            #expect(message.hasSuffix("it unpacks to more than 1048576 bytes"))
        }
    }

    @Test func hostileMembersNameArchiveLayerAndEntry() throws {
        let image = ImageBuilder({ $0.file("fine") }, { $0.file("../escape") })
        #expect(try refusal(try image.dockerArchive([])) == "layer 2 of 2: entry ../escape: the path leads outside by \"..\"")
        var tar = TarBuilder()
        tar.file("fine")
        tar.file("a/../../b\u{1}")
        #expect(try refusal(tar.closed) == "entry a/../../b\\1: the path leads outside by \"..\"")
    }

    @Test func theDiskIsFull() throws {
        let path = try scratch.write("big.tar", ImageBuilder({ $0.add(.init(name: Array("big".utf8), body: Array(repeating: 1, count: 3 << 20))) }).layers[0])
        try scratch.shell("mkdir small && mount -t tmpfs -o size=2m none small")
        defer { _ = try? scratch.shell("umount small") }
        let error = failure { try ImageStore(root: "\(scratch.path)/small/store").load(from: .path(path)) }
        #expect(error?.errno == ENOSPC)
        #expect(try listDirectory("\(scratch.path)/small/store/tmp").isEmpty)
    }

    @Test func absurdSizesAndTimes() throws {
        func neither(_ why: String) -> String { "neither an image archive nor the tar of a root filesystem (\(why))" }
        func sparse(_ size: String, _ map: String) -> [UInt8] {
            var tar = TarBuilder()
            tar.pax([("GNU.sparse.map", Array(map.utf8)), ("GNU.sparse.size", Array(size.utf8)), ("GNU.sparse.name", Array("huge".utf8))])
            tar.file("x")
            return tar.closed
        }
        // More than any file of ext4: the kernel refuses, and nothing is left.
        let path = try scratch.write("bad.tar", sparse("4611686018427387904", "4611686018427387904,0"))
        let error = failure { try store.load(from: .path(path)) }
        #expect(error?.errno == EFBIG || error == nil)
        if error != nil { try expectNothingLeft() }
        #expect(try refusal(sparse("9223372036854775807", "0,0")) == neither("entry x: its size 9223372036854775807 is out of range"))
        #expect(try refusal(sparse("-1", "0,0")) == neither("entry x: its pax GNU.sparse.size \"-1\" is no number"))
        #expect(try refusal(sparse("10", "5,0,3,0")) == neither("entry x: its sparse map is damaged"))

        var tar = TarBuilder()
        tar.pax([("mtime", Array("99999999999999999999".utf8))])
        tar.file("x")
        #expect(try refusal(tar.closed) == neither("entry x: its pax mtime \"99999999999999999999\" is no time"))
        // What the file system cannot keep becomes the nearest that it can.
        tar = TarBuilder()
        for time in ["36028797018963967", "-36028797018963967", "-0.000000001"] {
            tar.pax([("mtime", Array(time.utf8))])
            tar.file("x\(time.count)")
        }
        #expect(try store.load(from: .path(try scratch.write("times.tar", tar.closed))).count == 1)
    }

    @Test func manyMembersTakeNoMemory() throws {
        // A link each, which is the cheapest member to make; a million of them were tried by hand.
        var tar = TarBuilder()
        tar.file("f")
        var bytes = tar.bytes
        for index in 0..<20_000 { bytes += TarBuilder.header(.init(name: Array("l\(index)".utf8), type: UInt8(ascii: "1"), link: Array("f".utf8))) }
        let path = try scratch.write("many.tar", bytes + [UInt8](repeating: 0, count: 1024))
        bytes = []
        func peak() throws -> Int {
            let line = try readText("/proc/self/status").split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
            return Int(line?.split(separator: " ").dropFirst().first ?? "") ?? 0
        }
        let before = try peak()
        #expect(try store.load(from: .path(path)).count == 1)
        #expect(try peak() - before < 64 << 10)
    }
}
