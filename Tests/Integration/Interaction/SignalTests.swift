import Glibc
import LinuxSystem
import Testing

/// Signals to `apus run` and `attach` in the foreground.
@Suite struct SignalTests {
    private let trapping = "trap 'echo term' TERM; trap 'echo int' INT; trap 'echo usr; exit 5' USR1; echo ready; while :; do sleep 0.05; done"

    @Test func signalsReachTheProgram() throws {
        try Apus.with { apus in
            let running = try apus.start("run", "--rm", "--name", "one", "busybox", "sh", "-c", trapping)
            #expect(eventually { running.output == "ready\n" })
            running.send(SIGINT)
            #expect(eventually { running.output == "ready\nint\n" })
            running.send(SIGTERM)
            #expect(eventually { running.output == "ready\nint\nterm\n" })
            let attached = try apus.start("attach", "one")
            usleep(300_000)
            attached.send(SIGTERM)
            #expect(eventually { attached.output == "term\n" })
            running.send(SIGUSR1)
            #expect(try running.wait() == Outcome(output: "ready\nint\nterm\nterm\nusr\n", code: 5))
            #expect(try attached.wait().code == 5)
        }
    }

    /// The kernel keeps process 1 from what it does not handle.
    @Test func processOneIgnoresWhatItDoesNotHandle() throws {
        try Apus.with { apus in
            let running = try apus.start("run", "--rm", "--name", "one", "busybox", "sleep", "1000")
            #expect(try eventually { try apus.run("exec", "one", "true").code == 0 })
            for _ in 0..<4 {
                running.send(SIGTERM)
                running.send(SIGINT)
                usleep(50_000)
            }
            #expect(!running.hasEnded)
            try apus.output("kill", "one")
            #expect(try running.wait().code == 137)
        }
    }

    @Test func withoutProxyTheyEndUs() throws {
        try Apus.with { apus in
            let running = try apus.start("run", "--sig-proxy=false", "--name", "one", "busybox", "sh", "-c", trapping)
            #expect(eventually { running.output == "ready\n" })
            running.send(SIGTERM)
            #expect(try running.wait() == Outcome(output: "ready\n", code: -SIGTERM))
            try apus.output("exec", "one", "true")
            let exec = try apus.start("exec", "one", "sleep", "1000")
            usleep(300_000)
            exec.send(SIGINT)
            #expect(try exec.wait().code == -SIGINT)
        }
    }

    @Test func initForwardsAndReaps() throws {
        try Apus.with { apus in
            let running = try apus.start("run", "--rm", "--init", "--name", "one", "busybox", "sh", "-c", trapping)
            #expect(eventually { running.output == "ready\n" })
            running.send(SIGTERM)
            #expect(eventually { running.output == "ready\nterm\n" })
            // An orphan becomes process 1's child, which reaps it.
            try apus.output("exec", "one", "sh", "-c", "(sleep 0.1 &) ; exit 0")
            usleep(500_000)
            #expect(try !apus.output("exec", "one", "ps", "-o", "stat,args").contains("Z"))
            #expect(try apus.output("exec", "one", "cat", "/proc/1/comm") == "apus-init")
            running.send(SIGUSR1)
            #expect(try running.wait() == Outcome(output: "ready\nterm\nusr\n", code: 5))
            #expect(try apus.run("run", "--rm", "--init", "busybox", "sleep", "nonsense").code == 1)
            let killed = try apus.start("run", "--rm", "--init", "--name", "two", "busybox", "sleep", "1000")
            #expect(try eventually { try apus.run("exec", "two", "true").code == 0 })
            killed.send(SIGTERM)
            #expect(try killed.wait().code == 143)
        }
    }
}
