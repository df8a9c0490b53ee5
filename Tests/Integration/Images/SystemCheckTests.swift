import LinuxSystem
import Testing

/// `apus system check` as users see it, and what it says of containers, names and snapshots.
@Suite struct SystemCheckTests {
    @Test func aWholeInstanceIsClean() throws {
        try Apus.with { apus in
            try apus.output("run", "--name", "box", "busybox", "sh", "-c", "echo x > /x")
            try apus.output("snapshot", "create", "box", "one")
            try apus.output("commit", "box", "made")
            #expect(
                try apus.output("system", "check", "--contents").hasPrefix("Checked 2 images, 6 blobs, 2 layers, 1 container, 1 snapshot: nothing is damaged"))
            #expect(try apus.output("system", "check", "-q") == "")
            #expect(try apus.output("system", "check", "--format", "json") == "")
        }
    }

    @Test func layersAreMendedWhileContainersRun() throws {
        try Apus.with { apus in
            try apus.output("create", "--name", "idle", "busybox", "cat", "/etc/passwd")
            // The tests' image is hard linked: its file is replaced, not written.
            let layer = try apus.host("sh", "-c", "cd \(apus.root)/layers && ls -d [0-9a-f]*")
            let fs = "\(apus.root)/layers/\(layer)/fs"
            try apus.host("sh", "-c", "rm \(fs)/etc/passwd && : > \(fs)/etc/passwd && touch -d @0 \(fs)/etc")
            try apus.output("run", "-d", "--name", "web", "busybox", "sleep", "1000")
            let found = try apus.run("system", "check")
            #expect(found.code == 2)
            #expect(
                found.output.hasPrefix("layer sha256:\(layer): /etc/passwd has 0 bytes and should have ")
                    && found.output.contains("; needed by the image busybox:latest and the containers idle, web; to mend it, unpack it again\nChecked "),
                "\(found)")
            let row = try apus.run("system", "check", "--format", "{{.Kind}} {{.Object}} {{.Images}} {{.Containers}} {{.Repaired}}")
            #expect(row.output == "layer sha256:\(layer) busybox:latest idle, web false\n" && row.code == 2)
            let mended = try apus.output("system", "check", "--repair")
            #expect(mended.contains("; repaired; running until they are started again on the damaged one: web\n"), "\(mended)")
            // web goes on, with what it had; a new one has the mended layer.
            #expect(try apus.output("exec", "web", "cat", "/etc/passwd") == "")
            #expect(try apus.output("start", "-a", "idle").hasPrefix("root:"))
            #expect(try apus.output("system", "check").contains("nothing is damaged; 1 thing that nothing needs"))
            try apus.output("system", "prune", "-f")
            #expect(try apus.output("exec", "web", "cat", "/bin/sh").isEmpty == false)
            try apus.output("rm", "-f", "web")
            try apus.output("system", "prune", "-f")
            #expect(try apus.output("system", "check").hasSuffix("nothing is damaged"))
        }
    }

    @Test func blobsComeBackWithALoad() throws {
        try Apus.with { apus in
            let blob = try apus.host("sh", "-c", "cd \(apus.root)/images/blobs/sha256 && ls -S | head -1")
            try apus.host("sh", "-c", "cd \(apus.root)/images/blobs/sha256 && head -c 5000 \(blob) > new && mv new \(blob)")
            let found = try apus.run("system", "check")
            #expect(found.code == 2 && found.output.hasPrefix("blob sha256:\(blob): it has 5000 bytes and should have "), "\(found)")
            #expect(try apus.run("system", "check", "--repair").code == 2)
            // What is unpacked still runs.
            #expect(try apus.output("run", "--rm", "busybox", "echo", "on") == "on")
            try apus.output("load", "-q", "-i", BusyboxImage.archive)
            #expect(try apus.output("system", "check", "-q") == "")
        }
    }

    @Test func namesRecordsAndSnapshots() throws {
        try Apus.with { apus in
            for name in ["one", "two", "three"] { try apus.output("run", "--name", name, "busybox", "true") }
            try apus.output("snapshot", "create", "one", "state")
            let id = try apus.output("inspect", "--format", "{{.Id}}", "two")
            let kept = try apus.host(
                "sh", "-c", "cd \(apus.root) && rm names/one && rm layers/l/s[0-9a-f]* && ln -s \(id) names/other && cat containers/\(id)/container.json")
            let found = try apus.run("system", "check", "-q")
            #expect(found.code == 2)
            let lines = found.output.split(separator: "\n")
            #expect(lines.count == 3 && lines[0].hasPrefix("name one: its name is not reserved; needed by the container one;"), "\(lines)")
            #expect(lines.count == 3 && lines[1].hasPrefix("name other: it leads to container two;"))
            #expect(lines.count == 3 && lines[2].contains("a snapshot's layer is missing; needed by the containers one, one:state; to mend it, link it again"))
            try apus.output("system", "check", "--repair")
            #expect(try apus.output("system", "check", "-q") == "")
            try apus.output("start", "one")
            try apus.host("sh", "-c", "echo '{' > \(apus.root)/containers/\(id)/container.json")
            let damaged = try apus.run("system", "check", "-q", "--repair")
            #expect(damaged.code == 2 && damaged.output.hasPrefix("container \(id.prefix(12)): container.json is damaged; "), "\(damaged)")
            try apus.file("record", kept)
            try apus.host("sh", "-c", "cp record \(apus.root)/containers/\(id)/container.json")
        }
    }
}
