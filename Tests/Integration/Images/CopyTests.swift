import LinuxSystem
import Testing

/// `apus cp` names and replaces things as `docker cp` does.
@Suite struct CopyTests {
    /// A container's state: `cp` does the same in each.
    enum State: String, CaseIterable { case created, running, exited }

    private func container(_ apus: Apus, _ state: State, _ flags: String...) throws {
        let command = ["busybox", "sh", "-c", state == .running ? "sleep 1000" : "true"]
        let outcome = try apus.run([state == .created ? "create" : "run"] + (state == .running ? ["-d"] : []) + ["--name", "box"] + flags + command)
        try #require(outcome.code == 0, "\(outcome)")
    }

    /// Names, kinds, modes and contents below a directory of the host.
    private func look(_ apus: Apus, _ path: String) throws -> String {
        try apus.host(
            "sh", "-c", "cd \(path) && find . -mindepth 1 -printf '%P %y %m %l ' -type f -exec cat '{}' ';' -o -mindepth 1 -printf '\\n' | sort | tr -s '\\n'")
    }

    private func tree(_ apus: Apus) throws -> String {
        try apus.host(
            "sh", "-c", "mkdir -p dir/sub && echo one > dir/one && echo two > dir/sub/two && ln -s one dir/link && chmod 750 dir/sub && echo f > file")
        return "\(apus.scratch)/files"
    }

    @Test(arguments: State.allCases) func thereAndBack(state: State) throws {
        try Apus.with { apus in
            let files = try tree(apus)
            try container(apus, state, "-v", "vol:/vol")
            func cp(_ words: String...) throws { #expect(try apus.run(["cp"] + words) == Outcome(output: "", errorOutput: "", code: 0), "\(words)") }
            // A directory that does not exist gets the contents, one that does gets the directory, `/.` the contents each time.
            try cp("\(files)/dir", "box:/tmp/new")
            try cp("\(files)/dir", "box:/tmp/new")
            try cp("\(files)/dir/.", "box:/tmp/new/sub")
            try cp("\(files)/dir/", "box:/tmp/made/")
            try cp("\(files)/file", "box:/tmp/new/renamed")
            try cp("\(files)/file", "box:tmp/new/")
            try cp("\(files)/file", "box:/vol/kept")
            try cp("box:/tmp/new", "\(files)/back")
            #expect(
                try apus.host("sh", "-c", "cd back && find . | sort | xargs")
                    == ". ./dir ./dir/link ./dir/one ./dir/sub ./dir/sub/two ./file ./link ./one ./renamed ./sub ./sub/link ./sub/one ./sub/sub ./sub/sub/two ./sub/two"
            )
            try cp("box:/tmp/new/dir/.", "\(files)/again")
            #expect(try look(apus, "again") == look(apus, "dir"))
            try cp("box:/tmp/made", "\(files)/made")
            #expect(try look(apus, "made") == look(apus, "dir"))
            try cp("box:/vol/kept", "\(files)/kept")
            #expect(try apus.host("cat", "kept", "back/renamed") == "f\nf")
            // A link stands for itself, with -L for what it leads to.
            try cp("box:/tmp/new/link", "\(files)/l1")
            try cp("-L", "box:/tmp/new/link", "\(files)/l2")
            #expect(try apus.host("sh", "-c", "readlink l1; cat l2") == "one\none")
            #expect(try apus.run("diff", "box").output.contains("A /tmp/new/renamed\n"))
            #expect(try !apus.run("diff", "box").output.contains("/vol"))
            if state == .running { try apus.output("rm", "-f", "box") }
            if state == .created { #expect(try apus.output("start", "-a", "box") == "" && apus.run("diff", "box").output.contains("A /tmp/new/renamed\n")) }
        }
    }

    @Test(arguments: State.allCases) func refusals(state: State) throws {
        try Apus.with { apus in
            let files = try tree(apus)
            try container(apus, state)
            for (source, target, sentence) in [
                ("\(files)/dir", "box:/bin/busybox", "cannot copy a directory to a file: /bin/busybox is one"),
                ("\(files)/file", "box:/tmp/nope/", "cannot copy to /tmp/nope/: the directory does not exist"),
                ("\(files)/file", "box:/nope/x", "cannot open /nope in container box: no such file or directory (ENOENT)"),
                ("\(files)/nope", "box:/tmp", "cannot open \(files)/nope: no such file or directory (ENOENT)"),
                ("\(files)/file/", "box:/tmp", "cannot open \(files)/file/: not a directory (ENOTDIR)"),
                ("box:/nope", files, "cannot open /nope in container box: no such file or directory (ENOENT)"),
                ("box:/bin/busybox/.", files, "cannot open /bin/busybox/. in container box: not a directory (ENOTDIR)"),
                ("box:/a", "box:/b", "copying between containers is not supported"), (files, files, "must specify at least one container source"),
                ("nobody:/a", files, "no such container: nobody"), ("box:", files, "invalid path \"box:\": the path in the container is missing"),
            ] { try apus.refuses(sentence, code: 1, "cp", source, target) }
            // What is there does not change its kind.
            try apus.host("sh", "-c", "mkdir -p bad/etc/passwd bad2/etc && echo > bad2/etc/mtab && mkdir -p clash/file && cp -r dir clash2")
            try apus.refuses("cannot overwrite non-directory etc/passwd with directory", code: 1, "cp", "\(files)/bad/.", "box:/")
            if state == .running {
                try apus.refuses("cannot copy /proc/. in container box: these are no files but the kernel's", code: 1, "cp", "box:/proc/.", "\(files)/p")
                try apus.output("rm", "-f", "box")
            }
        }
    }

    @Test func ownersAndRights() throws {
        try Apus.with { apus in
            let files = try tree(apus)
            try apus.host("sh", "-c", "chown 5:6 file; chmod 4755 file; touch -d @77 file")
            try container(apus, .running)
            try apus.output("cp", "\(files)/file", "box:/tmp/mapped")
            try apus.output("cp", "-a", "\(files)/file", "box:/tmp/kept")
            let stat = "stat -c '%u %g %a %Y' /tmp/mapped /tmp/kept"
            // Root's it would be a setuid program that nobody asked for.
            #expect(try apus.output("exec", "box", "sh", "-c", stat) == "0 0 755 77\n5 6 4755 77")
            try apus.output("cp", "box:/tmp/kept", "\(files)/mapped")
            try apus.output("cp", "-a", "box:/tmp/kept", "\(files)/kept")
            #expect(try apus.host("stat", "-c", "%u %g %a %Y", "mapped", "kept") == "0 0 755 77\n5 6 4755 77")
            try apus.output("rm", "-f", "box")
        }
    }

    @Test(arguments: State.allCases) func streams(state: State) throws {
        try Apus.with { apus in
            _ = try tree(apus)
            try container(apus, state)
            let program = "APUS_ROOT=\(apus.root) \(Apus.program)"
            try apus.host("sh", "-c", "tar --owner=3 --group=4 -czf - dir | \(program) cp - box:/tmp")
            #expect(
                try apus.host("sh", "-c", "\(program) cp box:/tmp/dir - | tar --numeric-owner -tvf - | awk '{ print $1, $2, $6, $7, $8 }'")
                    == "drwxr-xr-x 3/4 dir/  \nlrwxrwxrwx 3/4 dir/link -> one\n-rw-r--r-- 3/4 dir/one  \ndrwxr-x--- 3/4 dir/sub/  \n-rw-r--r-- 3/4 dir/sub/two  "
            )
            #expect(
                try apus.host("sh", "-c", "tar -cf - dir | \(program) cp - box:/tmp/nope 2>&1 || true")
                    == "apus: /tmp/nope in container box is no directory; a tar is unpacked into one that exists")
            #expect(try apus.host("sh", "-c", "tar -cPf - ../files/dir | \(program) cp - box:/tmp 2>&1 || true").contains("leads outside"))
            if state == .running { try apus.output("rm", "-f", "box") }
        }
    }

    @Test func mountsOfTheUserAreTheContainersAndOfTheEngineNot() throws {
        try Apus.with { apus in
            let files = try tree(apus)
            try apus.output("run", "-d", "--name", "box", "-v", "\(files)/dir:/bound:ro", "--tmpfs", "/memory", "busybox", "sleep", "1000")
            try apus.output("cp", "\(files)/file", "box:/memory/f")
            try apus.output("cp", "\(files)/file", "box:/etc/hosts")
            #expect(try apus.output("exec", "box", "cat", "/memory/f", "/etc/hosts") == "f\nf")
            #expect(try apus.run("cp", "\(files)/file", "box:/bound/x").errorOutput == "apus: cannot make x: read-only file system (EROFS)\n")
            try apus.output("cp", "box:/", "\(files)/all")
            #expect(
                try apus.host("sh", "-c", "cat all/bound/one all/memory/f; ls all/proc all/sys all/dev; test -x all/bin/busybox && echo whole")
                    == "one\nf\nall/dev:\n\nall/proc:\n\nall/sys:\nwhole")
            try apus.output("rm", "-f", "box")
            try apus.output("create", "--name", "still", "--read-only", "-v", "\(files)/dir:/bound:ro", "-v", "vol:/vol", "busybox", "true")
            #expect(try apus.run("cp", "\(files)/file", "still:/tmp/x").errorOutput == "apus: cannot make x: read-only file system (EROFS)\n")
            #expect(try apus.run("cp", "\(files)/file", "still:/bound/x").errorOutput == "apus: cannot make x: read-only file system (EROFS)\n")
            try apus.output("cp", "\(files)/file", "still:/vol/x")
            #expect(try apus.host("cat", "\(apus.root)/volumes/vol/_data/x") == "f")
        }
    }

    @Test func aContainerThatGoesWhenItEndsTakesFilesBefore() throws {
        try Apus.with { apus in
            let files = try tree(apus)
            try apus.output("create", "--rm", "--name", "box", "busybox", "cat", "/tmp/f")
            try apus.output("cp", "\(files)/file", "box:/tmp/f")
            #expect(try apus.output("start", "-a", "box") == "f")
            #expect(try eventually { try apus.output("ps", "-aq") == "" })
        }
    }
}
