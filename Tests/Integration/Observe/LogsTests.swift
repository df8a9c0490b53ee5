import Engine
import Glibc
import LinuxSystem
import Testing

@Suite("logs") struct LogsTests {
    @Test("Streams, lines, moments") func lines() throws {
        try Apus.with { apus in
            _ = try apus.run("run", "--name", "writes", "busybox", "sh", "-c", "echo one; echo two >&2; sleep 0.1; printf three")
            #expect(try apus.run("logs", "writes") == Outcome(output: "one\nthree", errorOutput: "two\n", code: 0))
            #expect(try apus.run("logs", "-f", "writes") == Outcome(output: "one\nthree", errorOutput: "two\n", code: 0))
            #expect(try apus.run("logs", "-n", "1", "writes").output == "three")
            #expect(try apus.output("logs", "--tail", "0", "writes") == "")
            #expect(try apus.output("logs", "--until", "1h", "writes") == "" && apus.run("logs", "--since", "1h", "writes").output == "one\nthree")
            let moments = try apus.run("logs", "-t", "writes").output.split(separator: "\n").map { Timestamp(rfc3339: $0.prefix(30)) }
            #expect(moments.count == 2 && !moments.contains(nil))
            try apus.output("create", "--name", "made", "busybox", "true")
            #expect(try apus.output("logs", "-f", "made") == "")
            try apus.refuses("no such container: nobody", code: 1, "logs", "nobody")
            try apus.refuses("invalid value for --tail: \"x\"; a number of lines or all", code: 1, "logs", "-n", "x", "writes")
            try apus.refuses(
                "--details is refused: there is one log form, and it has no further details; see 'apus logs --help'", "logs", "--details", "writes")
        }
    }

    @Test("A terminal's output is kept as it is") func terminal() throws {
        try Apus.with { apus in
            _ = try apus.run("run", "-d", "-t", "--name", "tty", "busybox", "sh", "-c", "echo one; echo two >&2")
            #expect(try eventually { try apus.output("inspect", "-f", "{{.State.Running}}", "tty") == "false" })
            #expect(try apus.run("logs", "tty") == Outcome(output: "one\r\ntwo\r\n", errorOutput: "", code: 0))
        }
    }

    @Test("Following loses nothing and ends with the container") func follow() throws {
        try Apus.with { apus in
            let script = "i=0; while [ $i -lt 2000 ]; do echo out $i; echo err $i >&2; i=$((i+1)); done; printf end"
            for round in 0..<rounds(20, slow: 3) {
                // At times it begins before the output, at times in the middle, at times after the end; with --rm the log is gone then.
                let flags = round % 2 == 0 ? ["--rm"] : []
                try apus.run(["run", "-d", "--name", "many\(round)"] + flags + ["busybox", "sh", "-c", "\(round % 2 == 0 ? "sleep 1; " : "")\(script)"])
                let outcome = try apus.run("logs", "-f", "many\(round)")
                #expect(outcome.output == (0..<2000).map { "out \($0)\n" }.joined() + "end" && outcome.code == 0)
                #expect(outcome.errorOutput == (0..<2000).map { "err \($0)\n" }.joined())
            }
        }
    }

    @Test("Output appears as it is written, also the first after long silence") func live() throws {
        try Apus.with { apus in
            try apus.output("run", "-d", "-i", "--name", "echoes", "busybox", "sh", "-c", "sleep 0.5; printf prompt; sleep 1000")
            let logs = try apus.start("logs", "-f", "echoes")
            #expect(eventually { logs.output == "prompt" })
            #expect(!logs.hasEnded)
            // It waits, and does not look again and again.
            let before = try cpuTicks(logs.pid)
            usleep(500_000)
            #expect(try cpuTicks(logs.pid) - before <= 1)
            try apus.output("kill", "echoes")
            #expect(try logs.wait(timeout: 5).code == 0)
        }
    }

    @Test("Following ends when the monitor is killed, at --until, and when nobody reads") func ends() throws {
        try Apus.with { apus in
            try apus.output("run", "-d", "--name", "lost", "busybox", "sh", "-c", "echo hi; sleep 1000")
            let until = Timestamp(seconds: Timestamp.now().seconds + 1)
            #expect(try apus.output("logs", "-f", "--until", until.description, "lost") == "hi")
            #expect(Timestamp.now() >= until)
            let piped = try Running(
                ["/bin/sh", "-c", "\(Apus.program) logs -f lost | head -n 1"], input: .empty, environment: ["APUS_ROOT": apus.paths.root], directory: nil)
            #expect(try piped.wait(timeout: 5).output == "hi\n")
            let logs = try apus.start("logs", "-f", "lost")
            #expect(eventually { logs.output == "hi\n" })
            let id = try apus.output("inspect", "-f", "{{.Id}}", "lost")
            let state = try readText("\(apus.paths.running(id))/state.json")
            let monitor = try #require(state.split(separator: ",").first { $0.hasPrefix("\"monitorPid\":") }.flatMap { Int32($0.dropFirst(13)) })
            kill(monitor, SIGKILL)
            #expect(try logs.wait(timeout: 5) == Outcome(output: "hi\n", errorOutput: "", code: 0))
            #expect(try apus.output("ps", "-a", "--format", "{{.Status}}") == "Exited (137)")
            #expect(try apus.output("inspect", "-f", "{{.State.StartedAt}}", "lost").hasPrefix("20"))
        }
    }

    @Test("The end of a large log is found at once, and memory stays small") func large() throws {
        try Apus.with { apus in
            let id = try apus.output("create", "--name", "large", "busybox", "true")
            let line = "2026-11-24T19:10:00.123456789Z stdout F \(String(repeating: "x", count: 200))\n"
            let fd = try openFile("\(apus.paths.container(id))/log", O_WRONLY | O_CREAT)
            let block = [UInt8](String(repeating: line, count: 5000).utf8)
            for _ in 0..<rounds(160, slow: 20) { try writeAll(fd.raw, block, name: "log") }
            try writeAll(fd.raw, [UInt8]("2026-11-24T19:10:01.000000000Z stdout F last\n".utf8), name: "log")
            let start = monotonicNanoseconds()
            #expect(try apus.output("logs", "--tail", "1", "large") == "last")
            #expect(Double(monotonicNanoseconds() - start) / 1e9 < (isSlow ? 5 : 0.5))
            let script = "ulimit -v 200000; exec \(Apus.program) logs large | tail -n 1"
            let whole = try Running(
                ["/bin/sh", "-c", script], input: .empty, environment: ["APUS_ROOT": apus.paths.root, "PATH": "/usr/bin:/bin"], directory: nil)
            #expect(try whole.wait() == Outcome(output: "last\n", errorOutput: "", code: 0))
        }
    }

    @Test("Damaged entries are left out, and said so") func damaged() throws {
        try Apus.with { apus in
            let id = try apus.output("create", "--name", "torn", "busybox", "true")
            let good = "2026-11-24T19:10:00.123456789Z stdout F good\n"
            try replaceFile("\(apus.paths.container(id))/log", with: [UInt8]("\(good)rubbish\n\(good)2026-11-24T19:10:00.12".utf8))
            #expect(
                try apus.run("logs", "torn")
                    == Outcome(output: "good\ngood\n", errorOutput: "apus: 2 entries in the log of container torn are damaged and left out\n", code: 0))
        }
    }

    private func cpuTicks(_ pid: pid_t) throws -> Int {
        let fields = try readText("/proc/\(pid)/stat").split(separator: " ")
        return (Int(fields[13]) ?? 0) + (Int(fields[14]) ?? 0)
    }
}
