import LinuxSystem
import OCISpec
import Testing

@testable import ImageStore

/// Damaged archives load or are refused; either way the store is whole afterwards.
///
/// Swift traps on overflow, so a finding ends the run.
@Suite("damaged archives", .enabled(if: isRoot, "layers need root")) struct StoreFuzzTests {
    @Test(arguments: ["docker", "oci", "rootfs"], 0..<4)
    func mutated(form: String, seed: UInt64) throws {
        let scratch = try Scratch()
        let store = scratch.store
        try store.prepare()
        let image = ImageBuilder(
            { tar in
                tar.directory("d")
                tar.file("d/f", "text")
                tar.hardLink("h", "d/f")
            }, { $0.file("d/.wh.f") })
        let archive =
            switch form {
            case "docker": try image.dockerArchive(["app"])
            case "oci": try image.ociArchive("app")
            default: image.layers[0]
            }
        // Only where something stands: most of a small tar is zeros.
        let places = archive.indices.filter { archive[$0] != 0 }
        var generator = SeededGenerator(seed)
        for round in 0..<40 {
            var damaged = archive
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                damaged[places.randomElement(using: &generator) ?? 0] = UInt8.random(in: 0...255, using: &generator)
            }
            for start in stride(from: 0, to: damaged.count, by: 512) where damaged[start + 257] == UInt8(ascii: "u") {
                damaged.replaceSubrange(start..<start + 512, with: TarBuilder.checksummed(Array(damaged[start..<start + 512])))
            }
            let path = try scratch.write("a.tar", damaged)
            let error = failure { try store.load(from: .path(path)) }
            #expect(error?.description.contains("\n") != true)
            #expect(try listDirectory("\(store.root)/tmp").isEmpty, "\(form), seed \(seed), round \(round)")
            if error == nil { for row in try store.list() { _ = try store.remove(row.id.hex, force: true) } }
            #expect(try store.prune(danglingImages: true) == PruneReport(), "\(form), seed \(seed), round \(round)")
        }
    }

    @Test func references() {
        var generator = SeededGenerator(5)
        let alphabet = Array("ab1A.:/@-_ sha256\u{e9}\n")
        for _ in 0..<20_000 {
            let text = String((0..<Int.random(in: 0...16, using: &generator)).compactMap { _ in alphabet.randomElement(using: &generator) })
            guard let reference = try? ImageReference(text) else { continue }
            #expect((try? ImageReference(reference.description)) == reference, "\(text)")
            #expect((try? ImageReference(reference.familiar)) == reference, "\(text)")
        }
    }
}
