import OCISpec
import Testing

@testable import ImageStore

@Suite("cached answers") struct ResolveRecordTests {
    private func record(_ config: ExecutionParameters) throws -> ResolveRecord {
        let stamp = try #require(FileStamp(text: "1 2 3 4 5 6 7"))
        let digest = Sha256.digest(of: [])
        return ResolveRecord(
            stamp: stamp,
            image: ResolvedImage(
                id: digest, manifestDigest: digest, references: ["docker.io/library/a:1"], platform: Platform(os: "linux", architecture: "arm", variant: "v7"),
                config: config, layerBase: "/base", layers: ["12345678", "skeleton"]))
    }

    private var full: ExecutionParameters {
        var config = ExecutionParameters()
        config.user = "1:2"
        config.exposedPorts = ["80/tcp", "53/udp"]
        config.env = ["A=line\nline", "B=back\\slash\\n", "C=", ""]
        config.entrypoint = []
        config.cmd = ["sh", "-c", "- not a list"]
        config.volumes = []
        config.workingDir = "/ä"
        config.labels = ["a": "b", "": "empty", "c": ""]
        config.stopSignal = "SIGINT"
        config.stopTimeout = 0
        config.shell = ["/bin/sh"]
        config.onBuild = ["RUN x"]
        config.argsEscaped = false
        config.healthcheck = ExecutionParameters.Healthcheck(test: ["CMD", "true"])
        config.healthcheck?.interval = 5
        config.healthcheck?.retries = 0
        return config
    }

    @Test func comesBackAsItWas() throws {
        for config in [ExecutionParameters(), full] {
            let record = try record(config)
            #expect(ResolveRecord(Array(record.text.utf8), layerBase: "/base") == record)
        }
        var testless = ExecutionParameters()
        testless.healthcheck = ExecutionParameters.Healthcheck()
        let record = try record(testless)
        #expect(ResolveRecord(Array(record.text.utf8), layerBase: "/base") == record)
    }

    @Test func aDamagedOneIsNone() throws {
        let bytes = Array(try record(full).text.utf8)
        #expect(ResolveRecord([], layerBase: "/") == nil)
        for length in 0..<120 { #expect(ResolveRecord(Array(bytes[..<length]), layerBase: "/") == nil) }
        var generator = SeededGenerator(3)
        for _ in 0..<2000 {
            var damaged = bytes
            damaged[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            _ = ResolveRecord(damaged, layerBase: "/")
        }
    }
}
