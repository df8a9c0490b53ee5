import LinuxSystem
import Testing

/// commit, diff, export, import and history.
@Suite struct CommitTests {
    private static let script = """
        echo new > /etc/new; rm /bin/vi; rm -r /var; mkdir /var; echo v > /var/v; mkdir /a; echo x > /a/x; ln /a/x /a/y; chown 5:6 /a/x
        chmod 4755 /a/x; touch -d @86400 /a/x; mkfifo /a/pipe; ln -s ../nowhere /a/link; mkdir -p /tmp/t; chmod 1777 /tmp/t
        """

    /// Every file of an image as a container sees it, without what the engine mounts.
    private func look(_ apus: Apus, _ image: String) throws -> String {
        let here = "! -path '/dev/*' ! -path '/etc/host*' ! -path /etc/resolv.conf ! -path /"
        let look = "find / -xdev \(here) -exec stat -c '%n %F %a %u %g %t %T %N' '{}' ';'; stat -c '%n has %h names' /a/x"
        let times = "find / -xdev -type f ! -path '/etc/*' -exec stat -c '%n %Y' '{}' ';' -exec md5sum '{}' ';'"
        return try apus.output("run", "--rm", image, "sh", "-c", "(\(look); \(times)) | sort")
    }

    @Test func theImageIsWhatTheContainerWas() throws {
        try Apus.with { apus in
            try apus.output("run", "--name", "box", "-v", "data:/data/deep", "busybox", "sh", "-c", Self.script)
            let id = try apus.output("commit", "-m", "a remark", "-a", "A. Uthor", "box", "made:1")
            #expect(try apus.output("images", "--no-trunc", "-q", "made:1") == id)
            // Exported and imported it is the same tree again.
            try apus.output("export", "-o", "\(apus.scratch)/files/box.tar", "box")
            try apus.output("import", "\(apus.scratch)/files/box.tar", "flat:1")
            let made = try look(apus, "made:1")
            #expect(
                made.contains("/a/x regular file 4755 5 6 ") && made.contains("/a/x has 2 names") && made.contains("/a/x 86400") && !made.contains("/bin/vi")
                    && !made.contains("/data"))
            let flat = try look(apus, "flat:1").split(separator: "\n").filter { !$0.hasPrefix("/data") }.joined(separator: "\n")
            #expect(flat == made)
            #expect(try apus.output("run", "--rm", "made:1", "cat", "/etc/new", "/var/v") == "new\nv")
            let steps = try apus.output("history", "--no-trunc", "--format", "{{.ID}}|{{.CreatedBy}}|{{.Comment}}", "made:1").split(separator: "\n")
            #expect(steps.count == 2 && steps[0].hasPrefix("\(id)|sh -c echo new") && steps[0].hasSuffix("|a remark"))
            #expect(try apus.output("inspect", "--format", "{{.Author}} {{.Comment}}", "made:1") == "A. Uthor a remark")
        }
    }

    @Test func theSameChangesAreTheSameLayer() throws {
        try Apus.with { apus in
            var layers: Set<String> = []
            for name in ["one", "two"] {
                let fix = "find / -xdev -newer /bin/busybox ! -path '/dev*' ! -path '/etc/h*' ! -path '/etc/r*' -exec touch -h -d @5 '{}' ';' 2>/dev/null; true"
                try apus.output("run", "--name", name, "busybox", "sh", "-c", "\(Self.script)\n\(fix)")
                try apus.output("commit", name, name)
                layers.insert(try apus.output("inspect", "--format", "{{json .RootFS.Layers}}", "\(name):latest"))
            }
            #expect(layers.count == 1)
            let environment = ["SOURCE_DATE_EPOCH": "1000"]
            let ids = try (0..<2).map { _ in try apus.run("commit", "one", environment: environment).output }
            #expect(ids[0] == ids[1] && ids[0].hasPrefix("sha256:"))
            #expect(try apus.output("inspect", "--format", "{{.Created}}", String(ids[0].dropLast())) == "1970-01-01T00:16:40.000000000Z")
        }
    }

    @Test func settingsAndChanges() throws {
        try Apus.with { apus in
            try apus.output(
                "create", "--name", "box", "-e", "A=1", "-l", "own=yes", "-w", "/tmp", "-u", "1:2", "-v", "/vol", "--stop-signal", "USR1", "--entrypoint",
                "cat",
                "busybox", "/etc/passwd")
            try apus.output("commit", "-c", "ENV B=$A-2", "-c", "EXPOSE 80", "-c", "LABEL more=x", "box", "plain")
            let format =
                "{{.Config.User}} {{.Config.WorkingDir}} {{.Config.Entrypoint}} {{.Config.Cmd}} {{.Config.StopSignal}} {{json .Config.Volumes}} "
                + "{{json .Config.ExposedPorts}} {{json .Config.Labels}} {{json .Config.Env}} {{len .RootFS.Layers}}"
            let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
            let shown = try apus.output("inspect", "--format", format, "plain:latest")
            #expect(
                shown.hasPrefix(#"1:2 /tmp [cat] [/etc/passwd] USR1 {"/vol":{}} {"80/tcp":{}} {"more":"x","own":"yes"} ["#)
                    // Never started, it changed nothing: there is no layer.
                    && shown.contains(#""A=1""#) && shown.contains(#""B=1-2""#) && shown.hasSuffix("] 1"), "\(shown) \(path)")
            try apus.refuses(
                "\"RUN\" is no instruction that --change takes; known are CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR",
                code: 1, "commit", "-c", "RUN x", "box")
        }
    }

    @Test func aRunningContainerStandsStillAndGoesOn() throws {
        try Apus.with { apus in
            try apus.output("run", "-d", "--name", "box", "busybox", "sh", "-c", "while :; do echo $((n += 1)) > /next; mv /next /count; done")
            #expect(try eventually { try apus.run("exec", "box", "test", "-e", "/count").code == 0 })
            try apus.output("commit", "box", "made")
            #expect(try apus.output("inspect", "--format", "{{.State.Status}}", "box") == "running")
            let before = try apus.output("exec", "box", "cat", "/count")
            #expect(try eventually { try apus.output("exec", "box", "cat", "/count") != before })
            #expect(try apus.output("run", "--rm", "made", "cat", "/count") != "")
            try apus.output("pause", "box")
            try apus.output("commit", "box", "made")
            #expect(try apus.output("inspect", "--format", "{{.State.Status}}", "box") == "paused")
            try apus.output("rm", "-f", "box")
        }
    }

    @Test func changesOfAContainer() throws {
        try Apus.with { apus in
            try apus.output("run", "--name", "box", "-v", "data:/data/deep", "--tmpfs", "/scratch", "busybox", "sh", "-c", Self.script)
            #expect(
                try apus.output("diff", "box").split(separator: "\n") == [
                    "A /a", "A /a/link", "A /a/pipe", "A /a/x", "A /a/y", "C /bin", "D /bin/vi", "C /etc", "A /etc/new", "C /tmp", "A /tmp/t", "C /var",
                    "D /var/tmp", "A /var/v",
                ])
            try apus.output("create", "--name", "fresh", "-v", "data:/data/deep", "busybox", "true")
            #expect(try apus.output("diff", "fresh") == "")
            try apus.output("start", "-a", "fresh")
            #expect(try apus.output("diff", "fresh") == "")
        }
    }

    @Test func importTakesChangesAndRefusesWhatIsNoTar() throws {
        try Apus.with { apus in
            try apus.host("sh", "-c", "mkdir -p r/bin && cp /bin/busybox r/bin/sh && tar -C r -czf r.tgz . && head -c 1000 r.tgz > cut.tgz && echo text > text")
            let files = "\(apus.scratch)/files"
            let id = try apus.output("import", "-m", "why", "-c", "CMD [\"/bin/sh\",\"-c\",\"echo here\"]", "\(files)/r.tgz", "root:1")
            #expect(try apus.output("run", "--rm", "root:1") == "here")
            #expect(try apus.output("history", "--format", "{{.Comment}}", "root:1") == "why")
            // The same content is the same image.
            #expect(try apus.output("import", "-m", "why", "-c", "CMD [\"/bin/sh\",\"-c\",\"echo here\"]", "\(files)/r.tgz") == id)
            try apus.host("sh", "-c", "APUS_ROOT=\(apus.root) \(Apus.program) import - piped < r.tgz")
            #expect(try apus.output("history", "--format", "{{.Comment}}", "piped") == "Imported from -")
            for name in ["cut.tgz", "text", "r"] {
                let outcome = try apus.run("import", "\(files)/\(name)")
                #expect(outcome.code == 1 && outcome.errorOutput.hasPrefix("apus: cannot import \(files)/\(name): ") && outcome.output == "", "\(outcome)")
            }
        }
    }
}

/// The same of containers that stand on snapshots: what they changed lies in several layers.
@Suite struct CommitOfSnapshotTests {
    @Test func eachOfThemIsALayer() throws {
        try Apus.with { apus in
            try apus.output("create", "--name", "box", "busybox", "sh", "/step")
            func step(_ script: String) throws {
                try apus.output("cp", apus.file("step", script), "box:/step")
                try apus.output("start", "-a", "box")
            }
            try step("echo 1 > /etc/one; rm -r /var; mkdir /a /gone; echo x > /a/x; rm /bin/vi")
            try apus.output("snapshot", "create", "box")
            try step("rm /a/x; echo y > /a/y; rm -r /gone; echo 2 > /etc/one; chmod 700 /a")
            try apus.output("snapshot", "create", "box")
            try step("rm -r /tmp; mkdir /tmp; chmod 1777 /tmp")
            let want = ["A /a", "A /a/y", "C /bin", "D /bin/vi", "C /etc", "A /etc/one", "A /step", "D /var"]
            #expect(try apus.output("diff", "box").split(separator: "\n").map(String.init).filter { $0 != "C /tmp" } == want)
            try apus.output("commit", "box", "made")
            #expect(try apus.output("inspect", "--format", "{{len .RootFS.Layers}}", "made:latest") == "4")
            #expect(try apus.output("run", "--rm", "made", "sh", "-c", "ls -d /var /gone /bin/vi 2>/dev/null; cat /etc/one /a/y; stat -c %a /a") == "2\ny\n700")
            try apus.output("export", "-o", "\(apus.scratch)/files/e.tar", "box")
            let names = try apus.host("tar", "-tf", "e.tar").split(separator: "\n")
            #expect(names.contains("a/y") && !names.contains("gone/") && !names.contains("a/x"))
            // A clone of it commits the same tree.
            try apus.output("clone", "box", "twin")
            #expect(try apus.output("diff", "twin") == apus.output("diff", "box"))
        }
    }
}
