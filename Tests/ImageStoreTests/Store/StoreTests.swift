import Glibc
import LinuxSystem
import OCISpec
import Testing

@testable import ImageStore

@Suite("the store", .enabled(if: isRoot, "layers need root")) struct StoreTests {
    let scratch: Scratch
    var store: ImageStore { scratch.store }
    let first = ImageBuilder({ $0.file("base", "base") }, { $0.file("first", "1") })
    let second = ImageBuilder({ $0.file("base", "base") }, { $0.file("second", "22") })

    init() throws {
        scratch = try Scratch()
        for (image, name) in [(first, "first"), (second, "second:2")] {
            _ = try store.load(from: .path(scratch.write("a.tar", try image.ociArchive(name))))
        }
    }

    private var layerCount: Int { get throws { try listDirectory("\(store.root)/layers").filter { $0.utf8.count == 64 }.count } }
    private var blobCount: Int { get throws { try listDirectory("\(store.root)/images/blobs/sha256").count } }

    @Test func lists() throws {
        let rows = try store.list()
        #expect(rows.map { "\($0.repository ?? "<none>"):\($0.tag ?? "<none>") \($0.size)" } == ["first:latest 5", "second:2 6"])
        #expect(rows.first?.created == Timestamp(rfc3339: "2024-01-02T03:04:05Z"))
        #expect(try ImageStore(root: "\(scratch.path)/nowhere").list().isEmpty)
    }

    @Test func resolvesNamesDigestsAndIDs() throws {
        let id = try first.id()
        for name in [
            "first", "first:latest", "docker.io/library/first", id.hex, id.description, String(id.hex.prefix(12)),
            String(id.hex.prefix(1)) + id.hex.dropFirst().prefix(7),
        ] {
            #expect(try store.resolve(name).id == id)
            #expect(try store.resolve(name) == store.resolve(name))
        }
        let manifest = try store.resolve("first").manifestDigest
        #expect(try store.resolve("first@\(manifest)").id == id)
        #expect(failure { try store.resolve("second@\(manifest)") } == ApusError(.notFound, "no such image: second@\(manifest)"))
        #expect(failure { try store.resolve("third") } == ApusError(.notFound, "no such image: third"))
        #expect(failure { try store.resolve("first:other") } == ApusError(.notFound, "no such image: first:other"))
        #expect(failure { try store.resolve("../x") }?.code == .invalidArgument)
        #expect(failure { try ImageStore(root: "\(scratch.path)/nowhere").resolve("first") } == ApusError(.notFound, "no such image: first"))
    }

    @Test func anAmbiguousIDIsAnError() throws {
        // Images until two IDs begin alike: with 17 of them one digit must repeat.
        for number in 0..<17 {
            var image = first
            image.config.user = String(number)
            _ = try store.load(from: .path(scratch.write("a.tar", try image.dockerArchive([]))))
        }
        let ids = try store.list().map(\.id)
        let digit = try #require("0123456789abcdef".first { digit in ids.filter { $0.hex.hasPrefix(String(digit)) }.count > 1 })
        let error = failure { try store.resolve(String(digit)) }
        #expect(error?.code == .conflict)
        #expect(error?.message.hasPrefix("the image ID \(digit) is ambiguous: it begins ") == true)
    }

    @Test func removesNamesAndThenTheImage() throws {
        try store.tag("first", "alias:3")
        #expect(try store.remove("alias:3").map(\.description) == ["Untagged: alias:3"])
        let chain = chainIDs(first.layers.map { Sha256.digest(of: $0) })
        #expect(try store.remove("first").map(\.description) == ["Untagged: first:latest", "Deleted: \(try first.id())", "Deleted: \(chain[1])"])
        #expect(failure { try store.resolve("first") }?.message == "no such image: first")
        // What the second image needs is still there.
        #expect(try layerCount == 2)
        #expect(try store.resolve("second:2").layers.count == 3)
        #expect(try store.remove(String(second.id().hex.prefix(10))).count == 4)
        #expect(try layerCount == 0)
        #expect(try blobCount == 0)
        #expect(try listDirectory(store.layerBase) == ["skeleton"])
        #expect(try store.prune() == PruneReport())
        #expect(failure { try store.remove("first") } == ApusError(.notFound, "no such image: first"))
    }

    @Test func usedImagesStay() throws {
        let id = try first.id()
        let users: (Digest) -> [String] = { $0 == id ? ["web"] : [] }
        #expect(
            failure { try store.remove("first", users: users) }
                == ApusError(
                    .conflict,
                    "conflict: unable to remove repository reference \"first:latest\" (must force) - container web is using its referenced image \(id.short)"))
        #expect(
            failure { try store.remove(id.hex, users: users) }
                == ApusError(.conflict, "conflict: unable to delete \(id.short) (must be forced) - image is being used by container web"))
        #expect(try store.remove("first", force: true, users: users) == [.untagged("first:latest")])
        #expect(try store.list().filter { $0.repository == nil }.map(\.id) == [id])
        #expect(
            failure { try store.remove(id.hex, force: true, users: users) }
                == ApusError(.conflict, "conflict: unable to delete \(id.short) (cannot be forced) - image is being used by container web"))
        #expect(try store.prune(danglingImages: true, users: users).images.isEmpty)
        #expect(try store.resolve(id.hex).layers.count == 3)
        let report = try store.prune(danglingImages: true)
        #expect(report.images == [id])
        #expect(report.layers.count == 1)
        #expect(report.blobs == 3)
    }

    @Test func severalNamesByIDNeedForce() throws {
        try store.tag("first", "alias")
        let id = try first.id()
        #expect(
            failure { try store.remove(id.hex) }
                == ApusError(.conflict, "conflict: unable to delete \(id.short) (must be forced) - image is referenced in multiple repositories"))
        #expect(try store.remove(id.hex, force: true).prefix(3) == [.untagged("first:latest"), .untagged("alias:latest"), .deleted(id)])
    }

    @Test func aNameThatMovesLeavesADanglingImage() throws {
        _ = try store.load(from: .path(scratch.write("a.tar", try second.ociArchive("first"))))
        #expect(try store.list().map { $0.repository ?? "<none>" }.sorted() == ["<none>", "first", "second"])
        #expect(try store.resolve("first").id == second.id())
        #expect(failure { try store.tag("first", "x@\(try first.id())") }?.code == .invalidArgument)
        #expect(failure { try store.tag("none", "x") } == ApusError(.notFound, "no such image: none"))
    }

    @Test func pruneCollectsWhatCrashesLeave() throws {
        try scratch.shell(
            """
            cd store; mkdir -p tmp/load-1-1/layer-1/fs; echo x > tmp/load-1-1/blob-1
            echo stray > images/blobs/sha256/$(printf %064d 0); echo x > images/index.json.1.2.tmp
            mkdir -p layers/$(printf %064d 1)/fs; ln -s ../$(printf %064d 1)/fs layers/l/00000000; ln -s ../gone/fs layers/l/11111111
            """)
        let report = try store.prune()
        #expect(report.workspaces == 1)
        #expect(report.blobs == 1)
        #expect(report.layers.map(\.hex) == [String(repeating: "0", count: 63) + "1"])
        #expect(try scratch.shell("cd store; ls tmp images; ls layers/l | wc -l") == "images:\nblobs\nindex.json\nlock\noci-layout\n\ntmp:\n4")
        #expect(try store.prune() == PruneReport())
    }

    @Test func layersThatAreGoneComeBackFromTheBlobs() throws {
        try scratch.shell("rm -rf store/layers/[0-9a-f]* store/cache/*")
        let image = try store.resolve("second:2")
        #expect(try scratch.shell("cat store/layers/l/\(image.layers[0])/second") == "22")
    }

    @Test func anOpaqueRootEndsTheStack() throws {
        let image = ImageBuilder(
            { $0.file("low") },
            { tar in
                tar.file(".wh..wh..opq")
                tar.file("only")
            }, { $0.file("top") })
        _ = try store.load(from: .path(scratch.write("a.tar", try image.ociArchive("opaque"))))
        #expect(try store.resolve("opaque").layers.count == 3)
    }

    @Test func theSkeletonLiesAtTheBottom() throws {
        let built = ImageBuilder({ tar in
            tar.directory("etc", mode: 0o700, owner: 3)
            tar.file("etc/hosts", "mine")
        })
        _ = try store.load(from: .path(scratch.write("a.tar", try built.ociArchive("etc"))))
        let image = try store.resolve("etc")
        let options = "lowerdir=\(image.layers.joined(separator: ":"))"
        let script =
            "mkdir m && cd \(image.layerBase) && unshare -m sh -c 'mount -t overlay -o \(options) none \(scratch.path)/m && cd \(scratch.path)/m && stat -c %a:%u etc && cat etc/hosts && find . -mindepth 1 | sort | tr \"\\n\" \" \"'"
        #expect(try scratch.shell(script).split(separator: "\n") == ["700:3", "mine./dev ./etc ./etc/hostname ./etc/hosts ./etc/resolv.conf ./proc ./sys "])
    }
}
