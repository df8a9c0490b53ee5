import LinuxSystem
import Testing

@Suite("Commands about images") struct ImageCommandTests {
    @Test("List, tag, remove") func names() throws {
        try Apus.with { apus in
            let id = try apus.output("images", "-q")
            #expect(id.count == 12)
            #expect(try apus.output("images", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}") == "busybox:latest \(id)")
            #expect(try apus.output("images", "-q", "--no-trunc").hasPrefix("sha256:\(id)"))
            #expect(try apus.output("images").hasPrefix("REPOSITORY   TAG       IMAGE ID       CREATED"))
            #expect(try apus.output("images", "--digests").hasPrefix("REPOSITORY   TAG       DIGEST"))
            try apus.output("tag", "busybox", "example.org/tools/box:1")
            #expect(
                try apus.output("image", "ls", "--format", "{{.Repository}}:{{.Tag}}").split(separator: "\n").sorted() == [
                    "busybox:latest", "example.org/tools/box:1",
                ])
            for (condition, count) in [
                ("reference=busybox", 1), ("reference=*/tools/*", 1), ("reference=box", 0), ("dangling=true", 0), ("dangling=false", 2), ("label=x", 0),
            ] {
                #expect(try apus.output("images", "-q", "-f", condition).split(separator: "\n").count == count, "\(condition)")
            }
            #expect(try apus.output("images", "-q", "busybox:latest") == id && apus.output("images", "-q", "other") == "")
            #expect(try apus.output("rmi", "example.org/tools/box:1") == "Untagged: example.org/tools/box:1")
            try apus.refuses("invalid filter 'size'; known are before, dangling, label, reference, since and until", code: 1, "images", "-f", "size=1")
            try apus.refuses(
                "invalid argument \"x\" for \"-f, --filter\" flag: bad format of filter (expected name=value); see 'apus images --help'", "images", "-f", "x")
        }
    }

    @Test("Inspection has Docker's fields, and sizes add up") func inspection() throws {
        try Apus.with { apus in
            try apus.output("run", "--name", "box", "busybox", "sh", "-c", "head -c 5000 /dev/zero > /zeros")
            try apus.output("commit", "box", "made:1")
            let whole = try apus.output("image", "inspect", "made:1")
            for field in [
                "Id", "RepoTags", "RepoDigests", "Parent", "Comment", "Created", "DockerVersion", "Author", "Config", "Architecture", "Os", "Size",
                "GraphDriver", "RootFS", "Metadata",
            ] { #expect(whole.contains("\n        \"\(field)\": "), "\(field)") }
            let layers = try apus.output("image", "inspect", "--format", "{{.GraphDriver.Data.UpperDir}}:{{.GraphDriver.Data.LowerDir}}", "made:1")
            #expect(try apus.host("sh", "-c", "for d in $(echo \(layers) | tr : ' '); do ls $d; done").hasPrefix("zeros\nbin\n"))
            let sizes = try apus.output("image", "inspect", "--format", "{{.Size}}", "made:1", "busybox").split(separator: "\n").compactMap { Int($0) }
            #expect(sizes.count == 2 && sizes[0] == sizes[1] + 5000)
            #expect(
                try apus.output("image", "inspect", "--format", "{{.Descriptor.digest}}", "made:1")
                    == apus.output("images", "--no-trunc", "--format", "{{.Digest}}", "made:1"))
            try apus.output("commit", "box")
            #expect(try apus.output("images", "-f", "dangling=true", "--format", "{{.Repository}}:{{.Tag}}") == "<none>:<none>")
            let order = try apus.output("images", "-f", "since=busybox", "--format", "{{.Repository}}").split(separator: "\n").sorted()
            #expect(order == ["<none>", "made"])
            #expect(try apus.output("images", "-f", "before=made:1", "--format", "{{.Repository}}") == "busybox")
            #expect(try apus.output("images", "-f", "until=1h", "-q") == apus.output("images", "-q", "busybox"))
        }
    }

    @Test("An image in use stays") func inUse() throws {
        try Apus.with { apus in
            let container = try apus.output("create", "--name", "user", "busybox", "true").prefix(12)
            let image = try apus.output("images", "-q")
            try apus.refuses(
                "conflict: unable to remove repository reference \"busybox:latest\" (must force) - container \(container) is using its referenced image \(image)",
                code: 1, "rmi", "busybox")
            #expect(try apus.output("image", "prune", "-af") == "Total reclaimed space: 0B")
            #expect(try apus.output("rmi", "-f", "busybox") == "Untagged: busybox:latest")
            #expect(try apus.output("images", "--format", "{{.Repository}}") == "<none>")
            #expect(try apus.output("start", "-a", "user") == "")
            try apus.output("rm", "user")
            let outcome = try apus.run("rmi", "nobody", image)
            #expect(outcome.code == 1 && outcome.errorOutput == "apus: no such image: nobody\n" && outcome.output.hasPrefix("Deleted: sha256:\(image)"))
            #expect(try apus.output("images", "-aq") == "")
        }
    }

    @Test("Pruning asks, and removes what nobody uses") func prune() throws {
        try Apus.with { apus in
            try apus.refuses("cannot ask whether to go on: stdin is no terminal; give -f to go on without a question", code: 1, "image", "prune")
            #expect(try apus.output("image", "prune", "-f") == "Total reclaimed space: 0B")
            let lines = try apus.output("image", "prune", "--all", "--force").split(separator: "\n")
            #expect(lines[0] == "Deleted Images:" && lines[1] == "Untagged: busybox:latest" && lines.last?.hasPrefix("Total reclaimed space: ") == true)
            #expect(lines.last != "Total reclaimed space: 0B")
            #expect(try apus.output("images", "-q") == "")
        }
    }
}
