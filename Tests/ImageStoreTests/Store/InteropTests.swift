import LinuxSystem
import OCISpec
import Testing

@testable import ImageStore

/// Other tools read our store, and we read what they write.
@Suite("other tools", .enabled(if: isRoot && installed("skopeo", "umoci"), "needs root, skopeo and umoci")) struct InteropTests {
    let scratch: Scratch
    var store: ImageStore { scratch.store }
    private let skopeo = "skopeo --insecure-policy"

    init() throws {
        scratch = try Scratch()
        try scratch.shell(
            """
            umoci init --layout layout && umoci new --image layout:v1 && mkdir -p root/bin root/etc && echo hello > root/etc/greeting
            cp $(command -v busybox || command -v true) root/bin/program && chmod 4755 root/bin/program && ln -s program root/bin/sh
            umoci insert --image layout:v1 root /
            umoci insert --image layout:v1 --opaque root/etc /etc
            umoci config --image layout:v1 --config.cmd sh --config.env A=b --config.workingdir /etc --config.label x=y --config.exposedports 80/tcp
            """)
    }

    private func id() throws -> String {
        try scratch.shell("\(skopeo) inspect --raw oci:layout:v1 | grep -o 'sha256:[0-9a-f]*' | head -1").split(separator: "\n").map(String.init)[0]
    }

    @Test func loadsALayoutOfUmoci() throws {
        let loaded = try store.load(from: .path("\(scratch.path)/layout"))
        #expect(loaded.map(\.references) == [["v1:latest"]])
        let image = try store.resolve("v1")
        #expect(try image.id.description == id())
        #expect(image.config.workingDir == "/etc")
        #expect(image.config.exposedPorts == ["80/tcp"])
        #expect(image.config.labels == ["x": "y"])
        #expect(
            try scratch.shell("cat store/layers/l/\(image.layers[1])/etc/greeting; stat -c %a store/layers/l/\(image.layers[1])/bin/program") == "hello\n4755")
    }

    @Test(arguments: ["docker-archive:a.tar:app:1", "oci-archive:a.tar:app:1", "oci-archive:a.tar:docker.io/library/app:1"])
    func loadsWhatSkopeoWrites(target: String) throws {
        try scratch.shell("\(skopeo) copy -q oci:layout:v1 \(target)")
        let loaded = try store.load(from: .path("\(scratch.path)/a.tar"))
        #expect(loaded.map(\.references) == [["app:1"]])
        // Only a conversion to Docker's form changes the configuration's bytes.
        if target.hasPrefix("oci") { #expect(loaded.first?.id.description == (try id())) }
        #expect(try store.resolve("app:1").layers.count == 3)
    }

    @Test func toolsReadOurStore() throws {
        try scratch.shell("\(skopeo) copy -q oci:layout:v1 docker-archive:a.tar:app:1 && gzip -k a.tar")
        let loaded = try store.load(from: .path("\(scratch.path)/a.tar.gz"))
        let manifest = try #require(loaded.first).manifestDigest
        try scratch.shell("\(skopeo) copy -q oci:store/images:docker.io/library/app:1 dir:copy")
        #expect(try scratch.shell("sha256sum copy/manifest.json").hasPrefix(manifest.hex))
        #expect(try scratch.shell("umoci list --layout store/images") == "docker.io/library/app:1")
        try scratch.shell("umoci unpack --image store/images:docker.io/library/app:1 bundle && cmp bundle/rootfs/etc/greeting root/etc/greeting")
    }

    @Test func anImageThatSkopeoPutsIntoOurStoreRuns() throws {
        try store.prepare()
        try scratch.shell("\(skopeo) copy -q oci:layout:v1 oci:store/images:put:1")
        let image = try store.resolve("put:1")
        #expect(image.references == ["docker.io/library/put:1"])
        #expect(try scratch.shell("cat store/layers/l/\(image.layers[0])/etc/greeting") == "hello")
        #expect(try store.remove("put:1").count == 4)
        #expect(try store.prune() == PruneReport())
    }
}
