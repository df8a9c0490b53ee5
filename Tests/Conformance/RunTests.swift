import Glibc
import LinuxSystem
import Testing

/// runc's `run`, and what `create` and `run` have in common with it.
@Suite("Run") struct RunTests {
    @Test("runc run: its exit status is the program's", arguments: [0, 3, 255])
    func exitStatus(_ status: Int) throws {
        try container { c throws in
            c.config["process"]["args"] = ["sh", "-c", "exit \(status)"]
            #expect(try c.run().code == Int32(status))
        }
    }

    @Test("runc run: of a program that a signal killed it is 128 and the signal", arguments: ["KILL", "USR1"])
    func killed(_ signal: String) throws {
        try container { c throws in
            // Without a pid namespace of its own the program is no process 1, which would not hear what it does not handle.
            c.config["linux"]["namespaces"] = [["type": "mount"]]
            c.config["process"]["args"] = ["sleep", "1000"]
            try c.writeConfig()
            let run = try c.begin(["run", "--bundle", c.bundle, c.id])
            #expect(try eventually { try c.status() == "running" })
            try c.must("kill", c.id, signal)
            #expect(try run.wait().code == 128 + (signal == "KILL" ? SIGKILL : SIGUSR1))
        }
    }

    @Test("runc run: stdin, stdout and stderr are the program's")
    func streams() throws {
        try container { c throws in
            c.config["process"]["args"] = ["sh", "-c", "cat; echo error >&2"]
            #expect(try c.run(input: "some input\n") == Outcome(output: "some input\n", errorOutput: "error\n", code: 0))
        }
    }

    @Test("runc run: afterwards the container is gone")
    func isDeleted() throws {
        try container { c throws in
            try c.sh("true")
            try c.refused("state", c.id)
            #expect(c.leftovers() == [])
        }
    }

    @Test("runc run: with --keep it stays, stopped")
    func keep() throws {
        try container { c throws in
            #expect(try c.run("--keep").code == 0)
            #expect(try c.status() == "stopped")
            try c.must("delete", c.id)
        }
    }

    @Test("runc run: --detach returns at once, the container runs on", arguments: ["--detach", "-d"])
    func detach(_ flag: String) throws {
        try container { c throws in
            c.config["process"]["args"] = ["sleep", "1000"]
            #expect(try c.run(flag, "--pid-file", "\(c.scratch)/pid").code == 0)
            #expect(try c.status() == "running")
            #expect(try c.text("pid") == "\(c.pid())")
        }
    }

    @Test("runc run: after --detach the program's output still goes to the caller's stdout")
    func detachedOutput() throws {
        try container { c throws in
            c.config["process"]["args"] = ["sh", "-c", "echo first; sleep 0.5; echo later"]
            try c.writeConfig()
            let run = try c.begin(["run", "--detach", "--bundle", c.bundle, c.id])
            #expect(try run.wait().code == 0)
            #expect(eventually { run.output == "first\nlater\n" })
        }
    }

    @Test("runc run: an id that is taken is an error, and its container stays")
    func idIsUnique() throws {
        try container { c throws in
            try c.create()
            #expect(try c.run().code > 0)
            #expect(try c.status() == "created")
        }
    }

    @Test("runc run: what fails before the program has exit status 1, and leaves nothing")
    func failure() throws {
        try container { c throws in
            c.config["process"]["args"] = ["/no/such/program"]
            #expect(try c.isRefused().code == 1)
            try c.refused("state", c.id)
            #expect(c.leftovers() == [])
        }
    }

    @Test("runc run: it passes signals on to the program")
    func signals() throws {
        try container { c throws in
            c.config["process"]["args"] = ["sh", "-c", "trap 'exit 42' TERM; echo ready; while :; do sleep 0.05; done"]
            try c.writeConfig()
            let run = try c.begin(["run", "--bundle", c.bundle, c.id])
            #expect(eventually { run.output == "ready\n" })
            run.send(SIGTERM)
            #expect(try run.wait().code == 42)
        }
    }

    @Test("runc run: --preserve-fds N gives the program the descriptors 3 to 2 + N")
    func preserveDescriptors() throws {
        try container { c throws in
            let first = try openFile(c.file("first", "one\n"), O_RDONLY)
            let second = try openFile(c.file("second", "two\n"), O_RDONLY)
            let third = try openFile(c.file("third", "three\n"), O_RDONLY)
            c.config["process"]["args"] = ["sh", "-c", "cat <&3; cat <&4; test -e /proc/self/fd/5 && echo five; true"]
            try c.writeConfig()
            let arguments = ["run", "--preserve-fds", "2", "--bundle", c.bundle, c.id]
            #expect(try c.call(arguments, descriptors: [first.raw, second.raw, third.raw]).output == "one\ntwo\n")
        }
    }

    @Test("runc run: with LISTEN_FDS the program gets those descriptors and the variable, LISTEN_PID being 1")
    func listenDescriptors() throws {
        try container { c throws in
            let first = try openFile(c.file("first", "one\n"), O_RDONLY)
            c.config["process"]["args"] = ["sh", "-c", "cat <&3; echo $LISTEN_FDS $LISTEN_PID"]
            try c.writeConfig()
            // LISTEN_PID is the runtime's own, as systemd sets it.
            let words = ["sh", "-c", "LISTEN_FDS=1 LISTEN_PID=$$ exec \"$@\"", "sh", Runtime.path, "--root", c.root, "run", "--bundle", c.bundle, c.id]
            let outcome = try Program(words, descriptors: [first.raw]).wait()
            #expect(outcome.output == "one\n1 1\n", "\(outcome)")
        }
    }

    @Test("runc run: processes that the program leaves behind end with it")
    func othersEnd() throws {
        try container { c throws in
            try c.sh("sleep 1000 & sleep 1000 & true")
            #expect(c.leftovers() == [])
        }
    }
}

/// Terminals: `process.terminal`, `consoleSize` and `--console-socket`.
@Suite("Terminals") struct TerminalTests {
    @Test("runc create: --console-socket is sent the terminal, which is the program's stdin, stdout and stderr")
    func consoleSocket() throws {
        try container { c throws in
            let socket = try Socket("\(c.scratch)/c")
            c.config["process"]["terminal"] = true
            c.config["process"]["args"] = ["sh", "-c", "tty; test -t 0 && test -t 1 && test -t 2 && echo all three; echo end"]
            try c.create("--console-socket", socket.path)
            try c.start()
            let shown = try socket.console(until: "end")
            #expect(shown.contains("/dev/") && shown.contains("all three\r\n"), "\(shown)")
        }
    }

    @Test("runc run: --detach with --console-socket")
    func detached() throws {
        try container { c throws in
            let socket = try Socket("\(c.scratch)/c")
            c.config["process"]["terminal"] = true
            c.config["process"]["args"] = ["sh", "-c", "echo shown; sleep 1000"]
            #expect(try c.run("--detach", "--console-socket", socket.path).code == 0)
            #expect(try socket.console(until: "shown").contains("shown\r\n"))
        }
    }

    @Test("config.md#process: with terminal there is /dev/console, the terminal itself")
    func console() throws {
        try container { c throws in
            let socket = try Socket("\(c.scratch)/c")
            c.config["process"]["terminal"] = true
            c.config["process"]["args"] = [
                "sh", "-c", "test /dev/console -ef $(tty) && echo same; test -c /dev/console && echo device; echo hello > /dev/console; echo end",
            ]
            #expect(try c.run("--detach", "--console-socket", socket.path).code == 0)
            let shown = try socket.console(until: "end")
            #expect(shown.contains("device\r\n") && shown.contains("hello\r\n"), "\(shown)")
        }
    }

    @Test("config.md#process: the terminal is the program's controlling one")
    func controlling() throws {
        try container { c throws in
            let socket = try Socket("\(c.scratch)/c")
            c.config["process"]["terminal"] = true
            c.config["process"]["args"] = ["sh", "-c", "echo through > /dev/tty; echo end"]
            #expect(try c.run("--detach", "--console-socket", socket.path).code == 0)
            #expect(try socket.console(until: "end").contains("through\r\n"))
        }
    }

    @Test("config.md#process: consoleSize is the terminal's size")
    func size() throws {
        try container { c throws in
            let socket = try Socket("\(c.scratch)/c")
            c.config["process"]["terminal"] = true
            c.config["process"]["consoleSize"] = ["height": 31, "width": 117]
            c.config["process"]["args"] = ["sh", "-c", "stty size; echo end"]
            try c.create("--console-socket", socket.path)
            try c.start()
            #expect(try socket.console(until: "end").contains("31 117\r\n"))
        }
    }

    @Test("runc create: a terminal without --console-socket is an error")
    func noSocket() throws {
        try container { c throws in
            c.config["process"]["terminal"] = true
            try c.writeConfig()
            try c.refused("create", "--bundle", c.bundle, c.id)
        }
    }

    @Test("runc create: --console-socket without a terminal is an error")
    func noTerminal() throws {
        try container { c throws in
            try c.writeConfig()
            let socket = try Socket("\(c.scratch)/c")
            try c.refused("create", "--bundle", c.bundle, "--console-socket", socket.path, c.id)
        }
    }

    @Test("runc run: in front of a terminal the program's is passed through, with its size")
    func foreground() throws {
        try container { c throws in
            c.config["process"]["terminal"] = true
            c.config["process"]["args"] = ["sh", "-c", "tty; stty size; exit 5"]
            try c.writeConfig()
            let command = "stty rows 33 columns 99; \(Runtime.path) --root \(c.root) run --bundle \(c.bundle) \(c.id)"
            let outcome = try Program(["script", "-q", "-e", "-c", command, "/dev/null"]).wait()
            #expect(outcome.code == 5 && outcome.output.contains("/dev/") && outcome.output.contains("33 99"), "\(outcome)")
        }
    }

    @Test("runc run, runc exec: stdin and stdout need not be the terminal in front")
    func otherStreams() throws {
        try container { c throws in
            c.config["process"]["terminal"] = true
            c.config["process"]["args"] = ["sh", "-c", "for f in 0 1 2; do readlink /proc/self/fd/$f; done"]
            try c.writeConfig()
            let run = "\(Runtime.path) --root \(c.root) run --bundle \(c.bundle) \(c.id) < /dev/null | cat"
            let outcome = try Program(["script", "-q", "-e", "-c", run, "/dev/null"]).wait()
            let lines = outcome.output.split { $0.isNewline }
            #expect(outcome.code == 0 && lines.count == 3 && lines.allSatisfy { $0.hasPrefix("/dev/pts/") }, "\(outcome)")
            c.config["process"]["terminal"] = false
            try c.launch()
            let exec = "\(Runtime.path) --root \(c.root) exec -t \(c.id) tty < /dev/null | cat"
            let second = try Program(["script", "-q", "-e", "-c", exec, "/dev/null"]).wait()
            #expect(second.code == 0 && second.output.hasPrefix("/dev/pts/"), "\(second)")
        }
    }

    @Test("runc run: the terminal belongs to the user, and to the group that devpts names")
    func owner() throws {
        try container { c throws in
            let socket = try Socket("\(c.scratch)/c")
            c.config["mounts"][2]["options"].append("gid=5")
            c.config["process"]["terminal"] = true
            c.config["process"]["user"] = ["uid": 1000, "gid": 100]
            c.config["process"]["args"] = ["sh", "-c", "stat -c %u:%g $(tty); echo end"]
            #expect(try c.run("--detach", "--console-socket", socket.path).code == 0)
            #expect(try socket.console(until: "end").contains("1000:5\r\n"))
        }
    }

    @Test("runc exec: consoleSize of a --process file is the terminal's size")
    func execSize() throws {
        try container { c throws in
            try c.launch()
            let socket = try Socket("\(c.scratch)/c")
            let process: JSON = [
                "terminal": true, "consoleSize": ["height": 10, "width": 110], "args": ["/bin/sh", "-c", "/bin/stty size; echo end"], "cwd": "/",
            ]
            try c.must("exec", "-t", "-d", "--console-socket", socket.path, "--process", c.file("process.json", process.text), c.id)
            #expect(try socket.console(until: "end").contains("10 110\r\n"))
        }
    }

    @Test("runc exec: -t with --console-socket gives the program a terminal")
    func exec() throws {
        try container { c throws in
            try c.launch()
            let socket = try Socket("\(c.scratch)/c")
            try c.must("exec", "-t", "-d", "--console-socket", socket.path, c.id, "sh", "-c", "tty; test -t 1 && echo terminal; echo end")
            let shown = try socket.console(until: "end")
            #expect(shown.contains("/dev/pts/") && shown.contains("terminal\r\n"), "\(shown)")
        }
    }

    @Test("runc exec: -t -d without --console-socket is an error")
    func execWithoutSocket() throws {
        try container { c throws in
            try c.launch()
            try c.refused("exec", "-t", "-d", c.id, "true")
        }
    }
}
