import Glibc
import LinuxSystem
import Testing

/// `apus run`: environment, user, names and working directory, each seen from inside.
@Suite struct SettingsTests {
    @Test func environment() throws {
        try Apus.with { apus throws in
            let file = try apus.file("env", "# comment\nA=file\n\nB=1\n  C=x y=z\nFROM_CALLER\nABSENT\n")
            let inside = try apus.run(
                "run", "--rm", "-h", "box", "--env-file", file, "-e", "A=flag", "-e", "EMPTY=", "-e", "ALSO_FROM_CALLER", "busybox", "env",
                environment: ["FROM_CALLER": "1", "ALSO_FROM_CALLER": "2", "SECRET": "x"])
            let expected = [
                "A=flag", "ALSO_FROM_CALLER=2", "B=1", "C=x y=z", "EMPTY=", "FROM_CALLER=1", "HOME=/root", "HOSTNAME=box",
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            ]
            #expect(inside.output.split(separator: "\n").map(String.init).sorted() == expected)
        }
    }

    @Test func workingDirectory() throws {
        try Apus.with { apus throws in
            #expect(try apus.sh("pwd") == "/")
            #expect(try apus.sh("pwd", "-w", "/etc") == "/etc")
            #expect(try apus.sh("pwd; stat -c '%a %u:%g' .", "-w", "/made/here", "-u", "1000") == "/made/here\n755 0:0")
        }
    }

    @Test(arguments: [
        ("root", "0 0 0", "/root"), ("user", "1000 1000 1000,50", "/home/user"), ("1000", "1000 1000 1000,50", "/home/user"),
        ("user:nogroup", "1000 65534 65534", "/home/user"), ("7:8", "7 8 8", "/"), ("12345", "12345 0 0", "/"), ("user:77", "1000 77 77", "/home/user"),
    ]) func user(_ flag: String, ids: String, home: String) throws {
        try Apus.with { apus throws in
            let inside = try apus.sh("echo $(id -u) $(id -g) $(id -G | tr ' ' ,); echo $HOME", "-u", flag)
            #expect(inside == "\(ids)\n\(home)")
        }
    }

    @Test func addedGroups() throws {
        try Apus.with { apus throws in
            #expect(try apus.sh("id -G", "-u", "1000:1000", "--group-add", "staff", "--group-add", "77") == "1000 50 77")
        }
    }

    @Test func names() throws {
        try Apus.with { apus throws in
            let script = "hostname; cat /etc/hostname; grep -c 'localhost box' /etc/hosts; cat /proc/sys/kernel/domainname"
            #expect(try apus.sh(script, "-h", "box", "--domainname", "place") == "box\nbox\n1\nplace")
            let id = try apus.output("run", "-d", "busybox", "sleep", "100")
            #expect(try apus.sh("hostname").count == 12)
            #expect(id.count == 64)
        }
    }

    @Test func entrypoint() throws {
        try Apus.with { apus throws in
            #expect(try apus.output("run", "--rm", "--entrypoint", "echo", "busybox", "a", "b") == "a b")
            #expect(try apus.output("run", "--rm", "--entrypoint", "", "busybox", "echo", "c") == "c")
            #expect(try apus.run("run", "--rm", "-i", "busybox", input: "echo default") == Outcome(output: "default\n", code: 0))
        }
    }

    @Test func cidfileLabelsAndStopSettings() throws {
        try Apus.with { apus throws in
            let cid = "\(apus.scratch)/files/cid"
            let labels = try apus.file("labels", "from=file\nboth=file\n")
            let id = try apus.output(
                "run", "-d", "--cidfile", cid, "--label", "both=flag", "-l", "bare", "--label-file", labels, "--stop-signal", "USR1", "--stop-timeout", "3",
                "--name", "box", "busybox", "sleep", "100")
            #expect(try readText(cid) == id)
            let record = try readText("\(apus.root)/containers/\(id)/container.json")
            for part in ["\"from\":\"file\"", "\"both\":\"flag\"", "\"bare\":\"\"", "\"stopSignal\":\"USR1\"", "\"stopTimeout\":3"] {
                #expect(record.contains(part), "\(record)")
            }
        }
    }

    @Test func rootFlagNamesTheInstance() throws {
        try Apus.with { apus throws in
            #expect(try apus.run("--root", apus.root, "run", "--rm", "busybox", "true", environment: ["APUS_ROOT": "/nowhere"]).code == 0)
        }
    }

    @Test func booleanFlagsAsGoWritesThem() throws {
        try Apus.with { apus throws in
            #expect(try apus.output("run", "--rm=true", "-i=false", "--name=ab", "busybox", "echo", "--rm", "-x") == "--rm -x")
            try apus.output("run", "--rm=false", "--name=kept", "busybox", "true")
            #expect(fileExists("\(apus.root)/names/kept"))
        }
    }
}
