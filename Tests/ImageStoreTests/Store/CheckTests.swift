import Glibc
import LinuxSystem
import OCISpec
import Testing

@testable import ImageStore

/// `check` finds each kind of damage, and nothing in whole stores; `repair` mends what can be mended.
@Suite("checking the store", .enabled(if: isRoot, "layers need root")) struct CheckTests {
    let scratch: Scratch
    var store: ImageStore { scratch.store }
    let image = ImageBuilder(
        { tar in
            tar.directory("bin")
            tar.file("bin/sh", "shell", mode: 0o4755)
            tar.symbolicLink("bin/link", "sh")
            tar.hardLink("bin/twin", "bin/sh")
            tar.device("null", "3", 1, 3)
            tar.add(.init(name: Array("fifo".utf8), type: UInt8(ascii: "6")))
            tar.pax([("SCHILY.xattr.user.note", Array("kept".utf8))])
            tar.file("noted", "x")
            tar.file("gone", "soon")
            tar.directory("hidden")
            tar.file("hidden/low", "low")
        },
        { tar in
            tar.file(".wh.gone")
            tar.file("hidden/.wh..wh..opq")
            tar.file("top/implied/file", "deep")
            tar.hardLink("copied", "bin/sh")
            tar.file("again", "first")
            tar.file("again", "the second counts")
            tar.file("was", "a file")
            tar.directory("was")
            tar.file("was/now", "a directory")
        })

    init() throws {
        scratch = try Scratch()
        _ = try store.load(from: .path(scratch.write("a.tar", try image.ociArchive("app:1"))))
    }

    private var chain: [Digest] { chainIDs(image.layers.map { Sha256.digest(of: $0) }) }
    private func check(_ contents: Bool = false, users: @escaping (Digest) -> [String] = { _ in [] }) throws -> StoreCheck {
        var options = CheckOptions()
        options.comparesContents = contents
        return try store.check(options, users: users)
    }

    @Test func aWholeStoreIsClean() throws {
        for contents in [false, true] {
            let check = try check(contents)
            #expect(check.findings == [])
            #expect((check.images, check.blobs, check.layers, check.garbage) == (1, 4, 2, 0))
        }
        #expect(try ImageStore(root: "\(scratch.path)/nowhere").check() == StoreCheck())
    }

    @Test(arguments: [
        ("rm base/bin/sh base/bin/twin; touch -d @1700000000 base/bin", "/bin/sh is missing, and 1 more"),
        ("truncate -s 0 base/bin/sh; touch -d @1700000000 base/bin/sh", "/bin/sh has 0 bytes and should have 5"),
        ("chmod 755 base/bin/sh", "/bin/sh has the mode 755 and should have 4755"),
        ("chown 7:8 base/noted", "/noted belongs to 7:8 and should belong to 0:0"),
        ("touch base/noted", "/noted has the time"),
        ("cp --preserve=mode,timestamps base/noted x; mv x base/noted", "/noted has lost its attribute user.note"),
        ("ln -sfn other base/bin/link; touch -h -d @1700000000 base/bin/link base/bin", "/bin/link leads elsewhere"),
        ("cp -p base/bin/sh base/x; mv base/x base/bin/twin; touch -d @1700000000 base/bin", "/bin/twin is not the file that it is a link to"),
        ("rm base/null; mknod base/null c 1 5; touch -d @1700000000 base/null; chmod 600 base/null", "/null is another device"),
        ("echo > base/bin/new; touch -d @1700000000 base/bin", "/bin/new is not in the blob"),
        ("rm top/gone", "/gone is not marked as deleted"),
        ("cp -r --preserve=mode,timestamps top/hidden x; rm -r top/hidden; mv x top/hidden", "/hidden does not hide what the layers below have in it"),
        ("rm -r base/hidden", "/hidden is missing, and 1 more"),
        ("rm top/was/now; touch -d @1700000000 top/was", "/was/now is missing"),
        ("rm -r base", "its files are missing"),
        ("echo '{}' > base/../layer.json", "layer.json is missing or damaged"),
    ])
    func findsAndMendsLayers(_ damage: (script: String, problem: String)) throws {
        let layer = chain[damage.script.contains("top/") ? 1 : 0]
        let place = "store/layers/\(layer.hex)/fs"
        try scratch.shell(damage.script.replacing("base", with: place).replacing("top/", with: "\(place)/"))
        let found = try check()
        #expect(found.findings.count == 1)
        let (finding, id) = (try #require(found.findings.first), try image.id())
        #expect(finding.kind == .layer && finding.object == layer.description && finding.images == ["app:1"] && finding.imageIDs == [id])
        #expect(finding.problem.hasPrefix(damage.problem), "\(finding.problem)")
        let repaired = try store.repair(found) { _ in [] }
        #expect(repaired.findings.map(\.isRepaired) == [true])
        #expect(try check(true).findings == [])
        #expect(try store.prune() == PruneReport())
    }

    @Test func contentsAreComparedWhenAsked() throws {
        let path = "store/layers/\(chain[0].hex)/fs/bin/sh"
        try scratch.shell("printf SHELL > \(path); chmod 4755 \(path); touch -d @1700000000 \(path)")
        #expect(try check().findings == [])
        let found = try check(true)
        #expect(found.findings.map(\.problem) == ["/bin/sh differs between the bytes 0 and 5"])
        _ = try store.repair(found) { _ in [] }
        #expect(try check(true).findings == [])
    }

    @Test func containersKeepTheDamagedLayerUntilTheyEnd() throws {
        try scratch.shell("rm store/layers/\(chain[0].hex)/fs/noted")
        let repaired = try store.repair(check()) { _ in ["web"] }
        #expect(repaired.findings.first?.stillUsedBy == ["web"])
        #expect(try check().findings == [])
        #expect(try check().garbage == 1)
        #expect(try store.removeReplacedLayers { _ in ["web"] } == 0)
        #expect(try listDirectory("\(store.root)/layers").count == 5)
        #expect(try store.removeReplacedLayers { _ in [] } > 0)
        #expect(try listDirectory("\(store.root)/layers").count == 4)
    }

    @Test func damagedBlobsGoAndComeBackWithALoad() throws {
        let blob = Sha256.digest(of: image.layers[0])
        try scratch.shell("printf X | dd of=store/images/blobs/sha256/\(blob.hex) bs=1 seek=600 conv=notrunc 2>/dev/null")
        let found = try check()
        #expect(found.findings.map(\.kind) == [.blob])
        #expect(found.findings.first?.object == blob.description && found.findings.first?.problem.hasPrefix("its digest is sha256:") == true)
        #expect(try store.repair(found) { _ in [] }.findings.first?.isRepaired == false)
        #expect(try check().findings.map(\.problem) == ["it is missing"])
        #expect(try check().findings.map(\.repair) == [.load])
        _ = try store.load(from: .path("\(scratch.path)/a.tar"))
        #expect(try check().findings == [])
    }

    @Test func blobsThatNothingNeedsAreCheckedToo() throws {
        try scratch.shell("echo stray > store/images/blobs/sha256/$(printf %064d 0)")
        let found = try check()
        #expect(found.findings.map(\.kind) == [.blob] && found.findings.first?.images == [])
        #expect(found.garbage == 1 && found.blobs == 5)
        #expect(try store.repair(found) { _ in [] }.findings.first?.isRepaired == true)
        #expect(try check().garbage == 0)
    }

    @Test func aDamagedManifestHidesNoOtherImage() throws {
        let other = ImageBuilder({ $0.file("other") })
        _ = try store.load(from: .path(scratch.write("b.tar", try other.ociArchive("other"))))
        let manifest = try store.resolve("app:1").manifestDigest
        try scratch.shell("echo '{}' > store/images/blobs/sha256/\(manifest.hex)")
        var damaged: [String] = []
        let rows = try store.list { name, _ in damaged.append(name) }
        #expect(rows.map(\.repository) == ["other"])
        #expect(damaged == ["app:1"])
        #expect(failure { try store.inspect("app:1") }?.hint == "see apus system check")
        // What it needs is not known: nothing is swept away.
        #expect(failure { try store.prune() }?.code == .malformed)
        #expect(try store.remove("other").map(\.description) == ["Untagged: other:latest", "Deleted: \(try other.id())"])
        let found = try check()
        #expect(found.findings.map(\.kind) == [.document] && found.findings.first?.images == ["app:1"])
        _ = try store.repair(found) { _ in [] }
        #expect(failure { try store.prune() }?.message == "cannot tell what the image app:1 needs: its manifest is missing")
        _ = try store.load(from: .path("\(scratch.path)/a.tar"))
        #expect(try check().findings == [])
        #expect(try store.prune().blobs == 3)
        // Or it is given up.
        try scratch.shell("echo '{}' > store/images/blobs/sha256/\(manifest.hex)")
        #expect(try store.remove("app:1").map(\.description) == ["Untagged: app:1"])
        _ = try store.prune()
        #expect(try listDirectory("\(store.root)/images/blobs/sha256").isEmpty)
    }

    @Test func theListIsMadeAgain() throws {
        try scratch.shell("echo '{' > store/images/index.json")
        let found = try check()
        #expect(found.findings.first?.kind == .index)
        _ = try store.repair(found) { _ in [] }
        #expect(try store.list().map(\.id) == [try image.id()])
        #expect(try check().findings == [])
    }

    @Test func linksAndTheSkeletonAreMadeAgain() throws {
        let link = "store/layers/l/\(chain[0].hex.prefix(8))"
        try scratch.shell("ln -sfn ../elsewhere/fs \(link); rm store/layers/skeleton/etc/hosts")
        let found = try check()
        #expect(Set(found.findings.map(\.kind)) == [.link, .skeleton])
        #expect(try store.repair(found) { _ in [] }.findings.allSatisfy(\.isRepaired))
        #expect(try check().findings == [])
        #expect(try scratch.shell("cat \(link)/noted") == "x")
    }
}
