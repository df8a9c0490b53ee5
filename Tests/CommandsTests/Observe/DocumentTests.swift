import CommandLine
import ContainerRuntime
import ImageStore
import LinuxSystem
import OCISpec
import Testing

@testable import Cgroups
@testable import Commands
@testable import Engine
@testable import ImageStore

@Suite("Rows of images, information, progress") struct DocumentTests {
    private static let digest = Digest(hex: String(repeating: "0123456789abcdef", count: 4))

    @Test("Rows of images") func images() throws {
        let digest = try #require(Self.digest)
        let now = Timestamp(seconds: 1_800_000_000)
        let image = ImageSummary(
            repository: "tools/box", tag: "1", id: digest, manifestDigest: digest, created: Timestamp(seconds: now.seconds - 86400 * 20), size: 4_261_512,
            labels: ["a": "b"], platform: Platform(os: "linux", architecture: "amd64"))
        let dangling = ImageSummary(
            repository: nil, tag: nil, id: digest, manifestDigest: digest, created: nil, size: 0, labels: [:], platform: image.platform)
        let rows = [image, dangling].map { ImageRow.value($0, now: now) }
        #expect(
            try ImageRow.listing(digests: false).text(rows) == """
                REPOSITORY   TAG       IMAGE ID       CREATED       SIZE
                tools/box    1         0123456789ab   2 weeks ago   4.26MB
                <none>       <none>    0123456789ab   N/A           0B

                """)
        #expect(try ImageRow.listing(digests: true).text([], format: nil) == "REPOSITORY   TAG       DIGEST    IMAGE ID   CREATED   SIZE\n")
        let store = ImageStore(root: "/nonexistent/apus")
        func matches(_ key: String, _ value: String) throws -> [Bool] {
            let filter = try ImageFilter([FilterCondition(key, value)], store: store)
            return [filter.matches(image), filter.matches(dangling)]
        }
        #expect(try matches("dangling", "true") == [false, true] && matches("dangling", "0") == [true, false])
        #expect(try matches("label", "a") == [true, false] && matches("label", "a=c") == [false, false])
        for (pattern, holds) in [
            ("tools/box", true), ("tools/box:1", true), ("tools/*", true), ("*", false), ("*/*:[12]", true), ("box", false), ("tools/box:2", false),
        ] {
            #expect(try matches("reference", pattern) == [holds, false], "\(pattern)")
        }
        let error = #expect(throws: ApusError.self) { _ = try matches("dangling", "maybe") }
        #expect(error?.description == "invalid filter 'dangling=maybe'; true or false")
    }

    @Test("Information about the instance and its host") func info() throws {
        let cgroups = CgroupFacts(layout: .hybrid, legacy: ["memory"], unified: ["pids"], limitsSwap: false)
        let host = HostFacts(
            name: "host", kernel: "6.1.0", system: "Debian", machine: "x86_64", processors: 2, memory: 3 << 29, hasSeccomp: true, cgroups: cgroups)
        let paths = EnginePaths(root: "/nonexistent/apus")
        let counts = Info.Counts(containers: [.running, .created, .exited, .paused, .exited], images: 2)
        #expect(
            Info.text(paths, counts, host) == """
                Containers: 5
                 Running: 1
                 Paused: 1
                 Stopped: 3
                Images: 2
                Version: \(ApusVersion.number)
                Instance: \(paths.instance)
                Root Dir: /nonexistent/apus
                Run Dir: /run/apus/\(paths.instance)
                Storage Driver: overlay
                Logging Driver: cri
                Cgroups: hybrid: memory v1; pids, freeze and kill v2
                Cgroup Parent: apus-\(paths.instance)
                Security Options:
                 seccomp
                  Profile: builtin
                Kernel Version: 6.1.0
                Operating System: Debian
                OSType: linux
                Architecture: x86_64
                CPUs: 2
                Total Memory: 1.5GiB
                Name: host

                """)
        let value = Info.value(paths, counts, host)
        #expect(
            try inspectionLine(value, format: "{{.NCPU}} {{.MemTotal}} {{.CgroupVersion}} {{json .Warnings}}")
                == #"2 1610612736 1 ["WARNING: No CPU limit support","WARNING: No cpuset limit support","WARNING: No block I/O limit support","WARNING: No swap limit support"]"#
                + "\n")
        #expect(try inspectionLine(value, format: "json").hasPrefix(#"{"ID":"\#(paths.instance)","Containers":5,"#))
    }

    @Test("How far a load is") func progress() {
        #expect(
            LoadProgressLine.text("Loading", LoadProgress(done: 15_000_000, total: 45_000_000), seconds: 0.5)
                == "Loading [==========>                   ] 15MB of 45MB, 30MB/s, 1 s left")
        #expect(
            LoadProgressLine.text("Loading", LoadProgress(done: 45_000_000, total: 45_000_000), seconds: 1)
                == "Loading [==============================] 45MB of 45MB, 45MB/s, 0 s left")
        #expect(LoadProgressLine.text("Loading", LoadProgress(done: 1_000_000, total: nil), seconds: 0.1) == "Loading 1MB, 10MB/s")
        #expect(LoadProgressLine.text("Loading", LoadProgress(done: 0, total: nil), seconds: 0) == "Loading 0B")
    }

    @Test("The version is in every manual page, and pages name every visible command") func manual() {
        let pages = ManualPages(ApusCommand.tree, version: ApusVersion.number).pages
        #expect(pages.allSatisfy { $0.text.contains("apus \(ApusVersion.number)") })
        #expect(pages.contains { $0.name == "apus-image-ls.1" } && !pages.contains { $0.name.contains("__") })
    }
}
