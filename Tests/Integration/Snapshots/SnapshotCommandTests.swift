import Engine
import Glibc
import LinuxSystem
import Testing

/// `apus snapshot` and `apus clone` as users type them.
@Suite struct SnapshotCommandTests {
    @Test func listsAndTrees() throws {
        try Apus.with { apus throws in
            try apus.output("create", "--name", "web", "busybox", "true")
            #expect(try apus.output("snapshot", "ls", "web", "--tree") == "")
            for name in ["base", "one"] { try apus.output("snapshot", "create", "web", name) }
            try apus.output("snapshot", "restore", "web", "base")
            try apus.output("snapshot", "create", "web")
            try apus.output("snapshot", "create", "web", "two")
            try apus.output("snapshot", "restore", "web", "snap1")
            let format = "{{.Container}} {{.Name}} {{.Parent}} {{.Current}} {{.Size}} {{.Image}}"
            #expect(
                try apus.output("snapshot", "ls", "--format", format)
                    == "web base   0B busybox\nweb one base  0B busybox\nweb snap1 base * 0B busybox\nweb two snap1  0B busybox")
            let tree = try apus.output("snapshot", "ls", "--tree").replacingText(" (Less than a second ago, 0B)", "").replacingText(" (1 second ago, 0B)", "")
            #expect(tree == "web\n└── base\n    ├── one\n    └── snap1\n        ├── two\n        └── (now)")
            let ids = try apus.output("snapshot", "ls", "-q", "--no-trunc").split(separator: "\n").map(String.init)
            #expect(ids.count == 4 && ids.allSatisfy { $0.utf8.count == 64 })
            #expect(try apus.output("inspect", "--format", "{{.Snapshot.Name}} {{.Snapshot.Id}}", "web") == "snap1 \(ids[2])")
            // What is between goes, and the tree closes.
            #expect(try apus.output("snapshot", "rm", "web", "base") == "base")
            #expect(try apus.output("snapshot", "rm", "web:snap1", String(ids[1].prefix(20))) == "web:snap1\n\(ids[1].prefix(20))")
            #expect(try apus.output("snapshot", "ls", "--format", "{{.Name}}/{{.Parent}}/{{.Current}}") == "two//")
            #expect(try apus.output("inspect", "--format", "{{json .Snapshot}}", "web") == "null")
            #expect(try apus.run("__complete", "snapshot", "w").output == "web:two\n")
        }
    }

    @Test func refusals() throws {
        try Apus.with { apus throws in
            try apus.output("create", "--name", "web", "busybox", "true")
            try apus.output("snapshot", "create", "web", "one")
            try apus.refuses("container web has a snapshot one already; remove it or choose another name", code: 1, "snapshot", "create", "web", "one")
            try apus.refuses(
                "invalid snapshot name \"a:b\"; letters, digits, \"_\", \".\" and \"-\", beginning with a letter or digit", code: 1, "snapshot", "create",
                "web", "a:b")
            try apus.refuses("container web has no snapshot two", code: 1, "snapshot", "restore", "web", "two")
            try apus.refuses("no such snapshot: two; name it CONTAINER:NAME or by its id", code: 1, "snapshot", "rm", "two")
            try apus.refuses("no such container or snapshot: two", code: 1, "clone", "two", "three")
            try apus.refuses("container web has no snapshot two", code: 1, "clone", "web:two", "three")
            let id = try readLink("\(apus.paths.names)/web")
            try apus.refuses(
                "the container name \"web\" is already in use by container \(id.prefix(12)); remove or rename that container, or choose another name", code: 1,
                "clone", "web:one", "web")
            try apus.refuses("conflicting options: --tree cannot be given with --quiet or --format", code: 1, "snapshot", "ls", "--tree", "-q")
            try apus.output("create", "--name", "plain", "busybox", "true")
            try apus.refuses("container plain stands on no snapshot; name one of apus snapshot ls plain", code: 1, "snapshot", "restore", "plain")
        }
    }

    @Test func layersStayWhileSomethingStandsOnThem() throws {
        try Apus.with { apus throws in
            try apus.output("run", "--name", "web", "busybox", "sh", "-c", "echo one > /file")
            let one = try apus.output("snapshot", "create", "web", "one")
            try apus.output("clone", "web:one", "copy")
            #expect(try apus.output("ps", "-a", "-s", "--format", "{{.Names}} {{.Size}}").split(separator: "\n").allSatisfy { $0.contains(" 0B (virtual ") })
            try apus.output("snapshot", "rm", "web", "one")
            #expect(try listDirectory(apus.paths.snapshots) == [one])
            try apus.output("rm", "web")
            try apus.output("image", "prune", "-f")
            #expect(try listDirectory(apus.paths.snapshots) == [one])
            // The image is used by the clone.
            let copy = try readLink("\(apus.paths.names)/copy")
            let refusal = try apus.run("rmi", "busybox")
            #expect(refusal.code == 1 && refusal.errorOutput.contains("container \(copy.prefix(12)) is using"), "\(refusal)")
            try apus.output("rmi", "-f", "busybox")
            try apus.output("start", "copy")
            #expect(try apus.output("wait", "copy") == "0")
            try apus.output("rm", "copy")
            #expect(try listDirectory(apus.paths.snapshots) == [])
            try apus.output("system", "prune", "-f")
            #expect(try listDirectory("\(apus.root)/layers").sorted() == ["l", "skeleton"])
        }
    }

    @Test func snapshotsGoWithTheirContainer() throws {
        try Apus.with { apus throws in
            try apus.output("create", "--name", "web", "busybox", "true")
            try apus.output("snapshot", "create", "web", "one")
            try apus.output("rm", "web")
            #expect(try listDirectory(apus.paths.snapshots) == [])
            #expect(try apus.output("snapshot", "ls", "-q") == "")
            // One with --rm is removed by its monitor, which knows nothing of snapshots; the next removal or prune does.
            try apus.runReady("gone", "echo ready; exec sleep 1000", "--rm", "--stop-timeout", "0")
            try apus.output("snapshot", "create", "gone", "one")
            try apus.output("clone", "gone", "kept")
            try apus.refuses(
                "cannot restore container gone: with --rm it is removed when it stops; clone its snapshot instead", code: 1, "snapshot", "restore", "gone")
            try apus.output("stop", "gone")
            #expect(try apus.output("snapshot", "ls", "-q") == "")
            try apus.output("system", "prune", "-f")
            #expect(try listDirectory(apus.paths.snapshots).count == 0, "clone kept has --rm as well, and was pruned")
        }
    }

    @Test func restoreOfARunningContainerSaysWhatItDid() throws {
        try Apus.with { apus throws in
            try apus.runReady("web", "[ -e /file ] || echo old > /file; echo ready; exec sleep 1000", "--stop-timeout", "0")
            try apus.output("snapshot", "create", "web", "one")
            try apus.output("exec", "web", "sh", "-c", "echo new > /file; touch /more")
            #expect(
                try apus.run("snapshot", "restore", "web")
                    == Outcome(
                        output: "web\n", errorOutput: "container web was stopped, rolled back to one and started again; its memory was not saved\n", code: 0))
            #expect(try apus.output("exec", "web", "sh", "-c", "cat /file; ls / | grep more || echo gone") == "old\ngone")
        }
    }

    @Test func aCloneHasTheSettingsOfTheOther() throws {
        try Apus.with { apus throws in
            try apus.output(
                "create", "--name", "web", "-e", "A=1", "-e", "B=1", "-l", "x=1", "-m", "64m", "-v", "named:/named", "-v", "/anonymous", "--hostname", "web",
                "busybox", "sh", "-c", "echo $A $B $(hostname) $(ls / | grep -c named)")
            try apus.output("snapshot", "create", "web", "one")
            try apus.output("clone", "web:one", "copy", "-e", "B=2", "--hostname", "copy", "-m", "32m", "-l", "y=2")
            #expect(try apus.output("start", "-a", "copy") == "1 2 copy 1")
            #expect(try apus.output("start", "-a", "web") == "1 1 web 1")
            let format = "{{.HostConfig.Memory}} {{.Config.Labels.x}} {{.Config.Labels.y}} {{range .Mounts}}{{.Destination}} {{end}}{{.Snapshot.Container}}"
            #expect(try apus.output("inspect", "--format", format, "copy") == "33554432 1 2 /named /anonymous web")
            let volumes = { try Set(apus.output("inspect", "--format", "{{range .Mounts}}{{.Name}} {{end}}", $0).split(separator: " ")) }
            #expect(try volumes("web").intersection(volumes("copy")) == ["named"])
            try apus.output("rm", "-v", "web", "copy")
        }
    }
}
