import Glibc
import LinuxSystem
import Testing

/// `run -it`, `exec -it` and `attach` in front of a terminal.
@Suite struct TerminalTests {
    @Test func sizeModeAndKeys() throws {
        try Apus.with { apus in
            let terminal = try apus.terminal("run", "--rm", "-it", "--name", "one", "busybox", "sh", "-c", "stty size; tty; exec sh", rows: 41, columns: 103)
            let first = try terminal.expect("# ")
            #expect(first.contains("41 103\r\n/dev/pts/0\r\n"))
            #expect(!terminal.text.contains("can't access tty"))
            #expect(terminal.isRaw)
            try terminal.resize(rows: 50, columns: 120)
            #expect(try eventually { try size(terminal) == "50 120" })
            // Ctrl-C ends the program in front and not the shell; Ctrl-Z stops it.
            try sleepInFront(terminal, apus)
            try terminal.type("\u{3}")
            try terminal.expect("^C")
            try terminal.expect("# ")
            try sleepInFront(terminal, apus)
            try terminal.type("\u{1a}")
            try terminal.expect("Stopped")
            try terminal.type("fg\r")
            try terminal.expect("sleep 100\r\n")
            #expect(eventually { inFront(apus) == "sleep" })
            try terminal.type("\u{3}")
            try terminal.expect("# ")
            // Ctrl-D is the end of input.
            try terminal.type("exit 5\r")
            #expect(try terminal.wait() == 5)
            #expect(terminal.isCooked)
        }
    }

    /// Lets the shell run a program in front, and waits until the keys are that program's.
    private func sleepInFront(_ terminal: PseudoTerminal, _ apus: Apus) throws {
        try terminal.type("sleep 100\r")
        #expect(eventually { inFront(apus) == "sleep" })
    }

    /// The program in the foreground of the container's terminal.
    private func inFront(_ apus: Apus) -> String? {
        guard let outcome = try? apus.run("top", "one", "-o", "pid,stat,comm"), outcome.code == 0 else { return nil }
        let words = outcome.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        return words.first { $0.count == 3 && $0[1].contains("+") }?[2]
    }

    /// The size as the shell in front sees it.
    private func size(_ terminal: PseudoTerminal) throws -> String {
        try terminal.type("echo is $(stty size) now\r")
        try terminal.expect("\nis ")
        return String(try terminal.expect(" now").dropLast(4))
    }

    @Test func endOfInput() throws {
        try Apus.with { apus in
            let terminal = try apus.terminal("run", "--rm", "-it", "busybox", "cat")
            #expect(eventually { terminal.isRaw })
            try terminal.type("some words\r")
            try terminal.expect("some words\r\nsome words\r\n")
            try terminal.type("\u{4}")
            #expect(try terminal.wait() == 0)
            #expect(terminal.isCooked)
        }
    }

    @Test func execHasATerminalOfItsOwn() throws {
        try Apus.with { apus in
            try apus.output("run", "-d", "--name", "one", "busybox", "sleep", "1000")
            let terminal = try apus.terminal("exec", "-it", "one", "sh", rows: 33, columns: 77)
            try terminal.expect("# ")
            #expect(try size(terminal) == "33 77")
            try terminal.resize(rows: 20, columns: 60)
            #expect(try eventually { try size(terminal) == "20 60" })
            try terminal.type("echo $TERM; trap 'echo caught' INT; sleep 0.1; exit 9\r")
            try terminal.expect("xterm\r\n")
            #expect(try terminal.wait() == 9)
            #expect(terminal.isCooked)
            #expect(!terminal.text.contains("can't access tty"))
        }
    }

    @Test(arguments: [SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGUSR1]) func signalRestoresTheTerminal(_ signal: Int32) throws {
        try Apus.with { apus in
            let terminal = try apus.terminal("run", "-it", "--name", "one", "busybox", "sh")
            try terminal.expect("# ")
            #expect(terminal.isRaw)
            terminal.send(signal)
            #expect(try terminal.wait() == 128 + signal)
            #expect(terminal.isCooked)
            // The program goes on.
            #expect(try apus.run("exec", "one", "true").code == 0)
        }
    }

    @Test func crashRestoresTheTerminal() throws {
        try Apus.with { apus in
            let terminal = try apus.terminal("run", "-it", "--name", "one", "busybox", "sh")
            try terminal.expect("# ")
            terminal.send(SIGSEGV)
            #expect(try terminal.wait() == -SIGSEGV)
            #expect(terminal.isCooked)
        }
    }

    @Test func killedContainerRestoresTheTerminal() throws {
        try Apus.with { apus in
            let terminal = try apus.terminal("run", "--rm", "-it", "--name", "one", "busybox", "sh")
            try terminal.expect("# ")
            let beside = try apus.terminal("exec", "-it", "one", "sh")
            try beside.expect("# ")
            try apus.output("kill", "one")
            #expect(try terminal.wait() == 137)
            #expect(terminal.isCooked)
            #expect(try beside.wait() == 137)
            #expect(beside.isCooked)
        }
    }

    @Test func stopAndContinue() throws {
        try Apus.with { apus in
            let terminal = try apus.terminal("run", "--rm", "-it", "busybox", "sh")
            try terminal.expect("# ")
            terminal.send(SIGTSTP)
            #expect(eventually { terminal.isCooked })
            try terminal.resize(rows: 30, columns: 90)
            terminal.send(SIGCONT)
            #expect(eventually { terminal.isRaw })
            #expect(try size(terminal) == "30 90")
            try terminal.type("exit\r")
            #expect(try terminal.wait() == 0)
            #expect(terminal.isCooked)
        }
    }

    @Test func detachAndAttach() throws {
        try Apus.with { apus in
            let first = try apus.terminal("run", "-it", "--name", "one", "busybox", "sh")
            try first.expect("# ")
            try first.type("X=kept\r")
            try first.expect("# ")
            try first.type("\u{10}\u{11}")
            #expect(try first.wait() == 0)
            #expect(first.isCooked)

            let second = try apus.terminal("attach", "--detach-keys", "ctrl-x,d", "one", rows: 11, columns: 111)
            #expect(eventually { second.isRaw })
            try second.type("echo $X\r")
            try second.expect("kept\r\n")
            #expect(try size(second) == "11 111")
            try second.type("\u{18}d")
            #expect(try second.wait() == 0)
            #expect(second.isCooked)

            let third = try apus.terminal("attach", "one")
            #expect(eventually { third.isRaw })
            try third.type("exit 3\r")
            #expect(try third.wait() == 3)
        }
    }

    @Test func initGivesTheShellItsTerminal() throws {
        try Apus.with { apus in
            let terminal = try apus.terminal("run", "--rm", "-it", "--init", "--name", "one", "busybox", "sh")
            try terminal.expect("# ")
            #expect(!terminal.text.contains("can't access tty"))
            try sleepInFront(terminal, apus)
            try terminal.type("\u{3}")
            try terminal.expect("# ")
            try terminal.type("cat /proc/1/comm; exit 4\r")
            try terminal.expect("apus-init\r\n")
            #expect(try terminal.wait() == 4)
        }
    }

    /// What is written just before the end is shown, each time.
    @Test func nothingIsLostAtTheEnd() throws {
        try Apus.with { apus in
            try apus.output("run", "-d", "--name", "one", "busybox", "sleep", "1000")
            for round in 0..<rounds(40, slow: 5) {
                let terminal = try apus.terminal("exec", "-it", "one", "sh", "-c", "seq 1 2000; echo end")
                #expect(try terminal.wait() == 0)
                #expect(terminal.text.hasSuffix("1999\r\n2000\r\nend\r\n"), "round \(round)")
                #expect(terminal.shown.count == 2000 * 2 + 9 + 90 * 2 + 900 * 3 + 1001 * 4 + 5)
            }
        }
    }

    @Test func manyBytesThroughATerminal() throws {
        try Apus.with { apus in
            let terminal = try apus.terminal("run", "--rm", "-it", "busybox", "sh", "-c", "stty raw; yes 0123456789abcde | head -c 20000000; stty -raw")
            #expect(try terminal.wait(seconds: 120) == 0)
            let line = Array("0123456789abcde\n".utf8)
            #expect(terminal.shown.count == 20_000_000)
            #expect(terminal.shown.enumerated().allSatisfy { $1 == line[$0 & 15] })
        }
    }

    @Test func refusals() throws {
        try Apus.with { apus in
            try apus.output("run", "-d", "-it", "--name", "one", "busybox", "sh")
            let hint = "the input device is not a TTY; leave out -t, or give a terminal"
            try apus.refuses(hint, code: 125, "run", "-it", "--rm", "busybox", "true")
            try apus.refuses(hint, code: 1, "exec", "-it", "one", "true")
            try apus.refuses(hint, code: 1, "attach", "one")
            try apus.refuses("invalid --detach-keys: \"ctrl-\"; for example ctrl-p,ctrl-q", code: 1, "exec", "--detach-keys", "ctrl-", "one", "true")
        }
    }
}
