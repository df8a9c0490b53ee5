import LinuxSystem
import OCISpec
import Testing

@testable import ImageStore

/// The less usual forms of archives: Docker's first one, directories of podman, several platforms on request.
@Suite("forms of archives", .enabled(if: isRoot, "layers need root")) struct FormTests {
    let scratch: Scratch
    var store: ImageStore { scratch.store }

    init() throws { scratch = try Scratch() }

    private func id(_ number: Int) -> String { Sha256.digest(of: [UInt8(number)]).hex }

    /// An archive of `docker save` before 1.10 with two layers, one above the other.
    private func legacy(names: String? = #"{"app":{"1":"\#(Sha256.digest(of: [2]).hex)","latest":"\#(Sha256.digest(of: [2]).hex)"}}"#, parent: String? = nil)
        -> [UInt8]
    {
        var tar = TarBuilder()
        for number in 1...2 {
            var layer = TarBuilder()
            layer.file("layer\(number)", "\(number)")
            tar.directory(id(number))
            tar.file("\(id(number))/VERSION", "1.0")
            let below = number == 2 ? #""parent":"\#(id(1))","# : parent.map { #""parent":"\#($0)","# } ?? ""
            tar.file(
                "\(id(number))/json",
                #"{"id":"\#(id(number))",\#(below)"created":"2015-01-0\#(number)T00:00:00Z","container_config":{"Cmd":["/bin/sh","-c","step \#(number)"]},"#
                    + #""config":{"Cmd":["sh"],"Env":["A=\#(number)"]},"architecture":"\#(Platform.host.architecture)","os":"linux","author":"somebody"}"#)
            tar.add(.init(name: Array("\(id(number))/layer.tar".utf8), body: layer.closed))
        }
        if let names { tar.file("repositories", names) }
        return tar.closed
    }

    @Test func dockersFirstForm() throws {
        let loaded = try store.load(from: .path(scratch.write("old.tar", legacy())))
        #expect(loaded.map(\.references) == [["app:1", "app:latest"]])
        let image = try store.inspect("app:1")
        #expect(image.config.config?.cmd == ["sh"] && image.config.config?.env == ["A=2"] && image.config.author == "somebody")
        #expect(image.config.created == "2015-01-02T00:00:00Z" && image.config.platform.architecture == Platform.host.architecture)
        #expect(try store.history(of: "app").map(\.createdBy) == ["/bin/sh -c step 2", "/bin/sh -c step 1"])
        #expect(try scratch.shell("cat store/layers/l/\(store.resolve("app").layers[0])/layer2") == "2")
        #expect(try store.check().findings == [])
        // The same image each time, also as a directory and from a packed stream.
        try scratch.shell("mkdir old && tar -C old -xf old.tar && gzip -k old.tar")
        #expect(try store.load(from: .path("\(scratch.path)/old")).map(\.id) == [image.id])
        #expect(try store.load(from: .path("\(scratch.path)/old.tar.gz")).map(\.id) == [image.id])
        // Saved by its ID it had no names.
        #expect(
            try store.load(from: .path(scratch.write("unnamed.tar", legacy(names: nil)))) == [
                LoadedImage(id: image.id, manifestDigest: image.manifestDigest, references: [])
            ])
    }

    @Test func dockersFirstFormMayBeWrong() throws {
        func message(_ bytes: [UInt8]) throws -> String? {
            let path = try scratch.write("old.tar", bytes)
            return failure { try store.load(from: .path(path)) }?.message.replacing("cannot load \(scratch.path)/old.tar: ", with: "")
        }
        #expect(try message(legacy(parent: id(2))) == "the layers below \(id(2)) are too many or lead back to themselves")
        #expect(try message(legacy(parent: id(3))) == "the description of the layer \(id(3)) is missing: there is no \(id(3))/json")
        #expect(try message(legacy(names: #"{"app":{"1":"../x"}}"#)) == "\"../x\" is no layer's ID")
        #expect(try message(legacy(names: "[]"))?.hasPrefix("repositories is damaged") == true)
        #expect(try store.prune() == PruneReport() && store.list().isEmpty)
    }

    @Test func aDirectoryOfOneManifest() throws {
        let image = ImageBuilder.simple
        let (blobs, manifest) = try image.blobs()
        try makeDirectories("\(scratch.path)/dir")
        for (digest, bytes) in blobs { try scratch.write("dir/\(digest == manifest.digest ? "manifest.json" : digest.hex)", bytes) }
        try scratch.write("dir/version", Array("Directory Transport Version: 1.1\n".utf8))
        let loaded = try store.load(from: .path("\(scratch.path)/dir"))
        #expect(loaded == [LoadedImage(id: try image.id(), manifestDigest: manifest.digest, references: [])])
        try scratch.shell("tar -C dir -cf dir.tar manifest.json $(ls dir | grep -v manifest.json)")
        #expect(try store.load(from: .path("\(scratch.path)/dir.tar")) == loaded)
        try scratch.shell("rm dir/\(image.id().hex)")
        #expect(failure { try store.load(from: .path("\(scratch.path)/dir")) }?.message.contains("the image configuration is missing") == true)
    }

    /// A layout whose one name is an index of two platforms.
    private func twoPlatforms() throws -> (archive: [UInt8], foreign: Digest) {
        var other = ImageBuilder.simple
        other.platform = Platform(os: "linux", architecture: "arm", variant: "v7")
        var blobs = try ImageBuilder.simple.blobs()
        let foreign = try other.blobs()
        blobs.blobs.merge(foreign.blobs) { $1 }
        let inner = try encodeJSON(ImageIndex(manifests: [blobs.manifest, foreign.manifest]))
        blobs.blobs[Sha256.digest(of: inner)] = inner
        let index = Descriptor(
            mediaType: .index, digest: Sha256.digest(of: inner), size: inner.count, annotations: [AnnotationKey.referenceName: "multi:1"])
        return (try ImageBuilder.ociArchive(ImageIndex(manifests: [index]), blobs.blobs), try other.id())
    }

    @Test func platformsOnRequest() throws {
        let (archive, foreign) = try twoPlatforms()
        let path = try scratch.write("multi.tar", archive)
        #expect(try store.load(from: .path(path)).map(\.id) == [try ImageBuilder.simple.id()])
        var options = LoadOptions()
        options.platform = Platform(os: "linux", architecture: "arm")
        #expect(try store.load(from: .path(path), options: options).map(\.id) == [foreign])
        #expect(try store.resolve("multi:1").platform.description == "linux/arm/v7")
        #expect(try store.resolve(archivePath: path).id == ImageBuilder.simple.id())
        #expect(try store.resolve(archivePath: path, options: options).id == foreign)
        options.platform = Platform(os: "linux", architecture: "s390x")
        let message = "cannot load \(path): the archive has no image for linux/s390x; it has \(Platform.host), linux/arm/v7"
        #expect(failure { try store.load(from: .path(path), options: options) }?.message == message)
        // The only image of an archive is taken, unless another platform was asked for.
        for single in [try ImageBuilder.simple.dockerArchive(["one"]), try ImageBuilder.simple.ociArchive("one")] {
            let path = try scratch.write("one.tar", single)
            #expect(
                failure { try store.load(from: .path(path), options: options) }?.message
                    == "cannot load \(path): the archive has no image for linux/s390x; it has \(Platform.host)")
            options.platform = .host
            #expect(try store.load(from: .path(path), options: options).count == 1)
            options.platform = Platform(os: "linux", architecture: "s390x")
        }
    }

    @Test func bombs() throws {
        // Two gigabytes of zeros, as a layer and around the archive.
        try scratch.shell(
            "mkdir b; truncate -s 2G b/zeros; tar -C b -cf - zeros | zstd -q1 > bomb.tar.zst; rm -r b")
        for archive in [ImageArchive.path("\(scratch.path)/bomb.tar.zst")] {
            #expect(failure { try store.load(from: archive) }?.message.hasSuffix(": it unpacks to more than 500 times its size") == true)
            var options = LoadOptions()
            options.unpackLimit = 1 << 20
            let error = failure { try store.load(from: archive, options: options) }
            #expect(error?.message.hasSuffix(": it unpacks to more than 1048576 bytes") == true && error?.hint?.contains("--unpack-limit") == true)
            #expect(try store.prune() == PruneReport() && listDirectory("\(store.root)/tmp").isEmpty)
        }
        let pipe = try openFile("\(scratch.path)/bomb.tar.zst", 0)
        var options = LoadOptions()
        options.unpackRatio = 0
        #expect(try store.load(from: .descriptor(pipe.raw, name: "stdin"), options: options).count == 1)
    }
}
