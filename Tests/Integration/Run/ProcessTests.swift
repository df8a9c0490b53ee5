import Glibc
import Testing

/// `apus run`: the program, its input and output, and how it ends.
@Suite struct ProcessTests {
    @Test func outputAndErrorsStayApart() throws {
        try Apus.with { apus throws in
            let outcome = try apus.run("run", "--rm", "busybox", "sh", "-c", "echo out; echo err >&2; exit 7")
            #expect(outcome == Outcome(output: "out\n", errorOutput: "err\n", code: 7))
        }
    }

    @Test func exitCodesPassThrough() throws {
        try Apus.with { apus throws in
            let all = [0, 1, 2, 63, 64, 124, 125, 126, 127, 128, 137, 143, 254, 255]
            for code in isSlow ? all : Array(0...255) {
                #expect(try apus.run("run", "--rm", "busybox", "sh", "-c", "exit \(code)") == Outcome(code: Int32(code)))
            }
        }
    }

    @Test func endsBySignal() throws {
        try Apus.with { apus throws in
            for (signal, code) in [("KILL", 137), ("TERM", 143), ("SEGV", 139)] {
                #expect(try apus.run("run", "--rm", "--init", "busybox", "sh", "-c", "kill -\(signal) $$").code == code)
            }
        }
    }

    @Test func stdinGoesInOnlyWithInteractive() throws {
        try Apus.with { apus throws in
            #expect(try apus.run("run", "--rm", "-i", "busybox", "cat", input: "a\nb") == Outcome(output: "a\nb", code: 0))
            #expect(try apus.run("run", "--rm", "busybox", "cat", input: "a\nb") == Outcome(code: 0))
            #expect(try apus.run("run", "--rm", "-i", "busybox", "cat") == Outcome(code: 0))
            let typing = try apus.start("run", "--rm", "-i", "busybox", "cat", input: .pipe)
            try typing.write("one\n")
            #expect(eventually { typing.output == "one\n" })
            try typing.write("two\n")
            typing.closeInput()
            #expect(try typing.wait() == Outcome(output: "one\ntwo\n", code: 0))
        }
    }

    @Test func megabytesComeWholeBothWays() throws {
        try Apus.with { apus throws in
            let text = String(repeating: "0123456789abcdef\n", count: isSlow ? 20_000 : 200_000)
            let outcome = try apus.run("run", "--rm", "-i", "busybox", "sh", "-c", "tee /dev/stderr", input: text)
            #expect(outcome.code == 0 && outcome.output == text && outcome.errorOutput == text)
        }
    }

    @Test func signalsGoToTheProgram() throws {
        try Apus.with { apus throws in
            let script = "trap 'echo got TERM; exit 5' TERM; echo ready; while :; do sleep 0.05; done"
            let running = try apus.start("run", "--rm", "busybox", "sh", "-c", script)
            #expect(eventually { running.output == "ready\n" })
            running.send(SIGTERM)
            #expect(try running.wait() == Outcome(output: "ready\ngot TERM\n", code: 5))
            let plain = try apus.start("run", "--rm", "--sig-proxy=false", "--name", "plain", "busybox", "sh", "-c", script)
            #expect(eventually { plain.output == "ready\n" })
            plain.send(SIGTERM)
            #expect(try plain.wait().code == -SIGTERM)
            #expect(apus.isRunning("plain"))
        }
    }

    @Test func initReapsOrphansAndPassesSignals() throws {
        try Apus.with { apus throws in
            #expect(try apus.sh("cat /proc/1/comm; (sleep 0.01 & true); sleep 0.2; grep -l Z /proc/*/stat | wc -l", "--init") == "apus-init\n0")
            #expect(try apus.sh("echo $$") == "1")
            let running = try apus.start("run", "--rm", "--init", "busybox", "sh", "-c", "echo ready; exec sleep 100")
            #expect(eventually { running.output == "ready\n" })
            running.send(SIGTERM)
            #expect(try running.wait().code == 143)
        }
    }

    @Test func detachedRunsOn() throws {
        try Apus.with { apus throws in
            let id = try apus.output("run", "-d", "--name", "box", "busybox", "sleep", "100")
            #expect(id.count == 64)
            #expect(id.filter(\.isHexDigit) == id)
            #expect(apus.isRunning("box"))
        }
    }

    @Test func attachTakesChosenStreams() throws {
        try Apus.with { apus throws in
            let script = "echo out; echo err >&2"
            #expect(try apus.run("run", "--rm", "-a", "stderr", "busybox", "sh", "-c", script) == Outcome(errorOutput: "err\n", code: 0))
            #expect(try apus.run("run", "--rm", "-a", "stdout", "busybox", "sh", "-c", script) == Outcome(output: "out\n", code: 0))
        }
    }

    @Test func aKilledClientLeavesTheContainerRunning() throws {
        try Apus.with { apus throws in
            let running = try apus.start("run", "--name", "box", "busybox", "sh", "-c", "echo ready; sleep 100")
            #expect(eventually { running.output == "ready\n" })
            running.send(SIGKILL)
            #expect(try running.wait().code == -SIGKILL)
            #expect(apus.isRunning("box"))
        }
    }
}
