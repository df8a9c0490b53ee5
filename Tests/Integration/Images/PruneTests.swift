import LinuxSystem
import Testing

/// What `prune` spares, and what `system df` adds up.
@Suite struct PruneTests {
    @Test func filters() throws {
        try Apus.with { apus in
            for (name, label) in [("kept", "keep=yes"), ("gone", "keep=no")] {
                try apus.output("create", "--name", name, "-l", label, "busybox", "true")
                try apus.output("commit", name, name)
                try apus.output("commit", name)
            }
            try apus.refuses("invalid filter 'size'; known are label, label! and until", code: 1, "image", "prune", "-f", "--filter", "size=1")
            #expect(try apus.output("container", "prune", "-f", "--filter", "until=1h") == "Total reclaimed space: 0B")
            #expect(try apus.output("container", "prune", "-f", "--filter", "label!=keep=yes").split(separator: "\n").count == 3)
            #expect(try apus.output("ps", "-a", "--format", "{{.Names}}") == "kept")
            #expect(try apus.output("image", "prune", "-f", "--filter", "label=keep=yes", "--filter", "until=1h") == "Total reclaimed space: 0B")
            #expect(try apus.output("image", "prune", "-f", "--filter", "label=keep=yes").contains("Deleted: sha256:"))
            #expect(try apus.output("images", "-f", "dangling=true", "-q").split(separator: "\n").count == 1)
            try apus.output("image", "prune", "-af", "--filter", "label=keep=no")
            #expect(try apus.output("images", "--format", "{{.Repository}}").split(separator: "\n").sorted() == ["busybox", "kept"])
            try apus.output("volume", "create", "--label", "keep=yes", "one")
            try apus.output("volume", "create", "two")
            try apus.output("volume", "prune", "-af", "--filter", "label!=keep")
            #expect(try apus.output("volume", "ls", "-q") == "one")
            try apus.refuses("the \"until\" filter is not supported with \"--volumes\"", code: 1, "system", "prune", "-f", "--volumes", "--filter", "until=1h")
            try apus.output("system", "prune", "-af", "--filter", "label=other")
            #expect(try apus.output("images", "--format", "{{.Repository}}").split(separator: "\n").sorted() == ["busybox", "kept"])
            try apus.output("system", "prune", "-af")
            #expect(try apus.output("images", "-q") == "" && apus.output("ps", "-aq") == "")
        }
    }

    @Test func sizesAddUp() throws {
        try Apus.with { apus in
            try apus.output("run", "--name", "box", "-v", "vol:/vol", "busybox", "sh", "-c", "head -c 100000 /dev/zero > /big; head -c 8192 /dev/zero > /vol/x")
            try apus.output("commit", "box", "made")
            func row(_ type: String) throws -> [String] {
                let format = "{{.Type}}|{{.TotalCount}}|{{.Active}}|{{.Size}}|{{.Reclaimable}}"
                let line = try apus.output("system", "df", "--format", format).split(separator: "\n").first { $0.hasPrefix("\(type)|") }
                return try #require(line).split(separator: "|").dropFirst().map(String.init)
            }
            // Both images have the layer of busybox: it counts once.
            let (layers, busybox) = (try row("Images"), try apus.output("inspect", "--format", "{{.Size}}", "busybox:latest"))
            #expect(layers[0] == "2" && layers[1] == "1" && layers[3] == "100kB (4%)")
            let bytes = try #require(Int(busybox)) + 100_000
            #expect(try apus.output("inspect", "--format", "{{.Size}}", "made:latest") == "\(bytes)")
            #expect(layers[2].hasPrefix("\(bytes / 1_000_000).") && layers[2].hasSuffix("MB"))
            #expect(try row("Containers") == ["1", "0", "100kB", "100kB (100%)"])
            #expect(try row("Local Volumes")[0...1] == ["1", "1"])
            let details = try apus.output("system", "df", "-v")
            #expect(details.contains("made         latest") && details.contains("100kB") && details.contains("vol           1"), "\(details)")
            try apus.output("rm", "box")
            #expect(try row("Images")[3].hasSuffix("(100%)") && row("Local Volumes")[1] == "0")
            try apus.output("system", "prune", "-af")
            #expect(try row("Images") == ["0", "0", "0B", "0B"] && row("Image Blobs")[2] == "0B")
        }
    }
}
