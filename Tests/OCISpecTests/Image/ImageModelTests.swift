import FoundationEssentials
import OCISpec
import Testing

@Suite("image documents") struct ImageModelTests {
    private func decode<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value { try JSONDecoder().decode(type, from: Data(text.utf8)) }

    private func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    private static let digest = "sha256:" + String(repeating: "ab", count: 32)

    @Test func digests() throws {
        let digest = try #require(Digest(Self.digest))
        #expect(digest.short == "abababababab")
        #expect(digest.description == Self.digest)
        #expect(Digest(bytes: Array(repeating: 0xab, count: 32)) == digest)
        for wrong in ["", "sha256:", "sha256:AB" + digest.hex.dropFirst(2), "sha512:" + digest.hex, digest.description + "0", digest.hex] {
            #expect(Digest(wrong) == nil)
        }
    }

    @Test func aConfigurationOfDockerKeepsItsMembers() throws {
        let text = """
            {"architecture":"arm64","author":"me","config":{"ArgsEscaped":true,"Cmd":["a"],"Entrypoint":["b"],"Env":["A=b"],\
            "ExposedPorts":{"53/udp":{},"80/tcp":{}},"Healthcheck":{"Interval":30000000000,"Retries":3,"StartInterval":1,"StartPeriod":2,"Test":["CMD-SHELL","x"],"Timeout":4},\
            "Labels":{"k":"v"},"OnBuild":["RUN x"],"Shell":["/bin/sh","-c"],"StopSignal":"SIGINT","StopTimeout":5,"User":"u:g","Volumes":{"/data":{}},"WorkingDir":"/"},\
            "created":"2024-01-02T03:04:05.6Z","history":[{"created":"2024-01-02T03:04:05Z","created_by":"/bin/sh","empty_layer":true},{"comment":"c"}],\
            "os":"linux","rootfs":{"diff_ids":["\(Self.digest)"],"type":"layers"},"variant":"v8"}
            """
        let config = try decode(ImageConfig.self, text)
        #expect(try encode(config) == text)
        #expect(config.config?.exposedPorts?.names == ["53/udp", "80/tcp"])
        #expect(config.config?.healthcheck?.interval == 30_000_000_000)
        #expect(config.platform.description == "linux/arm64/v8")
    }

    @Test func nullIsAbsent() throws {
        let text = """
            {"architecture":"amd64","os":"linux","config":{"Cmd":null,"Env":null,"ExposedPorts":null,"Volumes":null,"Labels":null,"OnBuild":null,"Unknown":1},
            "container_config":{"x":1},"history":null,"rootfs":{"type":"layers","diff_ids":null}}
            """
        let config = try decode(ImageConfig.self, text)
        #expect(config.config == ExecutionParameters())
        #expect(config.rootfs.diffIDs.isEmpty)
    }

    @Test func manifestsOfDockerAndOCI() throws {
        let text = """
            {"config":{"digest":"\(Self.digest)","mediaType":"application/vnd.docker.container.image.v1+json","size":7},\
            "layers":[{"annotations":{"a":"b"},"digest":"\(Self.digest)","mediaType":"application/vnd.docker.image.rootfs.diff.tar.gzip","size":9,"urls":["https://x"]}],\
            "mediaType":"application/vnd.docker.distribution.manifest.v2+json","schemaVersion":2}
            """
        let manifest = try decode(ImageManifest.self, text)
        #expect(try encode(manifest) == text)
        #expect(manifest.mediaType?.isManifest == true && manifest.config.mediaType.isImageConfig)
        #expect(throws: DecodingError.self) { try decode(ImageManifest.self, text.replacing("sha256:ab", with: "sha256:zz")) }
    }

    @Test func indexes() throws {
        let text = """
            {"manifests":[{"digest":"\(Self.digest)","mediaType":"application/vnd.oci.image.manifest.v1+json","platform":{"architecture":"amd64","os":"windows",\
            "os.features":["f"],"os.version":"10"},"size":1}],"mediaType":"application/vnd.oci.image.index.v1+json","schemaVersion":2}
            """
        #expect(try encode(try decode(ImageIndex.self, text)) == text)
    }

    @Test func platforms() {
        let arm = Platform(os: "linux", architecture: "arm64")
        #expect(Platform(os: "linux", architecture: "arm64", variant: "v8").distance(to: arm) == 0)
        #expect(Platform(os: "linux", architecture: "arm", variant: "v6").distance(to: Platform(os: "linux", architecture: "arm", variant: "v7")) == 1)
        #expect(Platform(os: "windows", architecture: "arm64").distance(to: arm) == nil)
        #expect(Platform.host.os == "linux")
    }
}
