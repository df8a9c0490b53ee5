import Engine
import Glibc
import LinuxSystem
import Testing

/// `apus exec`.
@Suite struct ExecTests {
    /// A container named `one` that sleeps.
    private func container(_ apus: Apus, _ flags: String...) throws {
        try apus.run(["run", "-d", "--name", "one"] + flags + ["busybox", "sleep", "1000"])
    }

    private func sh(_ apus: Apus, _ script: String, _ flags: String..., at location: SourceLocation = #_sourceLocation) throws -> String {
        let outcome = try apus.run(["exec"] + flags + ["one", "sh", "-c", script])
        #expect(outcome.code == 0 && outcome.errorOutput == "", "\(outcome)", sourceLocation: location)
        return outcome.output.last == "\n" ? String(outcome.output.dropLast()) : outcome.output
    }

    @Test func outputAndExitCode() throws {
        try Apus.with { apus in
            try container(apus)
            let outcome = try apus.run("exec", "one", "sh", "-c", "echo out; echo err >&2; exit 7")
            #expect(outcome == Outcome(output: "out\n", errorOutput: "err\n", code: 7))
            #expect(try apus.run("exec", "one", "sh", "-c", "kill -9 $$").code == 137)
            try apus.refuses("cannot run \"nothere\": executable file not found in $PATH", code: 127, "exec", "one", "nothere")
            try apus.refuses("cannot run \"nothere\": executable file not found in $PATH", code: 127, "exec", "-d", "one", "nothere")
            try apus.refuses("cannot run \"/no/where\": no such file or directory (ENOENT)", code: 127, "exec", "one", "/no/where")
            try apus.refuses("cannot run \"/etc\": permission denied (EACCES)", code: 126, "exec", "one", "/etc")
        }
    }

    @Test func refusals() throws {
        try Apus.with { apus in
            try container(apus)
            try apus.output("create", "--name", "idle", "busybox", "true")
            try apus.refuses("no such container: nothere", code: 1, "exec", "nothere", "true")
            try apus.refuses("container idle is not running", code: 1, "exec", "idle", "true")
            try apus.refuses("\"apus exec\" requires at least 2 arguments; see 'apus exec --help'", code: 1, "exec", "one")
            try apus.refuses("unknown flag: --nothere; see 'apus exec --help'", code: 125, "exec", "--nothere", "one", "true")
            try apus.refuses("unable to find user nosuch: no matching entries in passwd file", code: 126, "exec", "-u", "nosuch", "one", "true")
            try apus.refuses("the working directory 'tmp' is invalid; it needs to be an absolute path", code: 1, "exec", "-w", "tmp", "one", "true")
            try apus.refuses(
                "cannot change to working directory /nothere (process.cwd): no such file or directory (ENOENT)", code: 126, "exec", "-w", "/nothere", "one",
                "true")
            try apus.output("pause", "one")
            try apus.refuses("container one is paused; unpause the container before exec", code: 1, "exec", "one", "true")
            try apus.output("unpause", "one")
            #expect(try sh(apus, "echo again") == "again")
        }
    }

    @Test func environmentUserAndDirectory() throws {
        try Apus.with { apus in
            try container(apus, "-e", "A=container", "-e", "B=container", "-w", "/tmp", "-u", "user", "--group-add", "77")
            #expect(
                try sh(apus, "echo $A $B $C $HOME $TERM; pwd; id -u; id -G", "-e", "B=exec", "-e", "C=new")
                    == "container exec new /home/user\n/tmp\n1000\n1000 50 77")
            #expect(
                try sh(apus, "echo $HOME; pwd; id -u; id -G; env | grep -c TERM", "-u", "0:5", "-w", "/etc", "-t").hasPrefix("/root\r\n/etc\r\n0\r\n5 77\r\n1"))
            let file = try apus.file("env", "# comment\nD=file\n")
            #expect(try sh(apus, "echo $D", "--env-file", file) == "file")
        }
    }

    @Test func rightsAreTheContainers() throws {
        try Apus.with { apus in
            try container(apus, "--cap-drop", "NET_RAW", "--security-opt", "no-new-privileges", "--ulimit", "nofile=123:456", "--oom-score-adj", "77")
            let status = try sh(
                apus, "grep -E 'Cap(Prm|Eff|Bnd|Inh|Amb)|NoNewPrivs|Seccomp:|Umask|SigIgn|SigBlk' /proc/self/status; ulimit -n; cat /proc/self/oom_score_adj")
            #expect(
                status == """
                    Umask:\t0022
                    SigBlk:\t0000000000000000
                    SigIgn:\t0000000000000000
                    CapInh:\t0000000000000000
                    CapPrm:\t00000000a80405fb
                    CapEff:\t00000000a80405fb
                    CapBnd:\t00000000a80405fb
                    CapAmb:\t0000000000000000
                    NoNewPrivs:\t1
                    Seccomp:\t2
                    123
                    77
                    """)
            let user = try sh(apus, "grep -E 'Cap(Prm|Eff)' /proc/self/status", "-u", "user")
            #expect(user == "CapPrm:\t0000000000000000\nCapEff:\t0000000000000000")
            let all = try sh(apus, "grep -E 'CapEff|Seccomp:' /proc/self/status", "--privileged")
            #expect(all.hasPrefix("CapEff:\t000001ff") && all.hasSuffix("Seccomp:\t2"))
        }
    }

    @Test func namespacesAndCgroupsAreTheContainers() throws {
        try Apus.with { apus in
            for flags in [[], ["--network", "host"]] {
                try apus.run(["run", "-d", "--name", "one"] + flags + ["busybox", "sleep", "1000"])
                let of = { (process: String) in
                    "for n in mnt uts ipc net pid cgroup user time; do readlink /proc/\(process)/ns/$n; done; cat /proc/\(process)/cgroup"
                }
                #expect(try sh(apus, of("1")) == sh(apus, of("self")))
                try apus.output("rm", "-f", "one")
            }
        }
    }

    @Test func limitsHold() throws {
        try Apus.with { apus in
            try container(apus, "--memory", "32m")
            let outcome = try apus.run("exec", "one", "sh", "-c", "head -c 100000000 /dev/zero | tail")
            #expect(outcome.code != 0 || outcome.errorOutput != "")
            #expect(try apus.output("exec", "one", "echo", "alive") == "alive")
        }
    }

    /// Neither descriptors nor directories of the host come along (CVE-2016-9962, CVE-2024-21626).
    @Test func nothingOfTheHostComesAlong() throws {
        try Apus.with { apus in
            try container(apus)
            let open = try sh(apus, "for f in /proc/self/fd/*; do readlink $f; done; true").split(separator: "\n")
            #expect(open.filter { $0 != "/dev/null" && !$0.hasPrefix("pipe:") }.allSatisfy { $0 == "/" || $0.hasPrefix("/proc/") }, "\(open)")
            for descriptor in 0..<20 {
                let outcome = try apus.run("exec", "-w", "/proc/self/fd/\(descriptor)", "one", "pwd")
                #expect(outcome.code == 126 && outcome.output == "")
                #expect(outcome.errorOutput.hasPrefix("apus: cannot change to"))
            }
            let links = try sh(apus, "ln -s / /tmp/root; mkdir /tmp/etc; echo nothing > /tmp/etc/passwd; readlink /proc/self/cwd", "-w", "/")
            #expect(links == "/")
        }
    }

    /// A user is looked up in the container's own files, whatever links they are.
    @Test func accountsAreTheContainers() throws {
        try Apus.with { apus in
            try container(apus)
            let secret = try apus.file("passwd", "intruder:x:4242:4242::/:/bin/sh\n")
            _ = try sh(apus, "mv /etc/passwd /etc/own; ln -s \(secret) /etc/passwd")
            try apus.refuses("unable to find user intruder: no matching entries in passwd file", code: 126, "exec", "-u", "intruder", "one", "true")
            _ = try sh(apus, "ln -sf /etc/own /etc/passwd")
            #expect(try sh(apus, "id -un", "-u", "user") == "user")
            _ = try sh(apus, "rm /etc/passwd; mkfifo /etc/passwd")
            try apus.refuses("cannot read /etc/passwd in the root filesystem: it is no regular file", code: 126, "exec", "-u", "user", "one", "true")
        }
    }

    @Test func stdin() throws {
        try Apus.with { apus in
            try container(apus)
            #expect(try apus.output("exec", "-i", "one", "cat", input: "words\n") == "words")
            #expect(try apus.output("exec", "one", "cat", input: "words\n") == "")
        }
    }

    @Test func detached() throws {
        try Apus.with { apus in
            try container(apus)
            #expect(try apus.output("exec", "-d", "one", "sh", "-c", "sleep 0.2; yes | head -c 1000000; echo done > /tmp/done; sleep 1000") == "")
            #expect(try eventually { try apus.run("exec", "one", "cat", "/tmp/done").output == "done\n" })
            try apus.output("exec", "-d", "-t", "one", "sh", "-c", "tty > /tmp/tty")
            #expect(try eventually { try apus.run("exec", "one", "cat", "/tmp/tty").output == "/dev/pts/0\n" })
        }
    }

    /// Who leaves a program behind is not held up by it, and the container ends with all in it.
    @Test func endsWithItsProgramAndWithTheContainer() throws {
        try Apus.with { apus in
            try container(apus)
            #expect(try apus.output("exec", "one", "sh", "-c", "sleep 1000 & echo started", timeout: 20) == "started")
            let running = try apus.start("exec", "one", "sleep", "1000")
            let stuck = try apus.start("exec", "one", "yes")
            #expect(eventually { !stuck.output.isEmpty })
            stuck.send(SIGSTOP)
            try apus.output("kill", "one")
            #expect(try apus.output("wait", "one") == "137")
            #expect(try running.wait(timeout: 20) == Outcome(code: 137))
            stuck.send(SIGCONT)
            let end = try stuck.wait(timeout: 20)
            #expect(end.code == 137, "\(end.errorOutput)")
            try apus.refuses("container one is not running", code: 1, "exec", "one", "true")
        }
    }

    /// Starting, ending and joining at once ends in one of two ways.
    @Test func racesWithTheEnd() throws {
        try Apus.with { apus in
            for round in 0..<rounds(15, slow: 3) {
                try apus.output("run", "-d", "--rm", "--name", "one", "busybox", "sleep", "0.\(round % 3)\(round)")
                var code: Int32 = 0
                var count = 0
                while code == 0 {
                    let outcome = try apus.run("exec", "one", "true")
                    code = outcome.code
                    count += 1
                    let isGone = outcome.errorOutput == "apus: container one is not running\n" || outcome.errorOutput == "apus: no such container: one\n"
                    #expect(outcome == Outcome() || code == 0 || code == 137 || code == 1 && isGone, "round \(round): \(outcome)")
                }
                #expect(try eventually { try apus.run("exec", "one", "true").errorOutput == "apus: no such container: one\n" })
            }
        }
    }
}
