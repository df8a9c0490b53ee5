import Testing

/// Signals, stops and ends.
@Suite struct StopTests {
    /// A program that ends with 7 on SIGTERM.
    static let polite = "trap 'exit 7' TERM; echo ready; while :; do sleep 0.05; done"
    /// A program that does not hear SIGTERM.
    static let deaf = "trap '' TERM; echo ready; while :; do sleep 0.05; done"

    @Test func stopSendsTheSignalAndWaits() throws {
        try Apus.with { apus in
            try apus.runReady("one", StopTests.polite)
            try apus.output("stop", "one")
            #expect(try apus.output("wait", "one") == "7")
            #expect(try apus.output("stop", "one") == "one")
        }
    }

    @Test func stopKillsWhatDoesNotListen() throws {
        try Apus.with { apus in
            try apus.runReady("one", StopTests.deaf)
            try apus.output("stop", "-t", "0", "one")
            #expect(try apus.output("wait", "one") == "137")
        }
    }

    @Test func stopTellsAllBeforeItWaits() throws {
        try Apus.with { apus in
            let names = (0..<4).map { "deaf\($0)" }
            for name in names { try apus.runReady(name, StopTests.deaf) }
            let stop = try apus.start(["stop", "-t", "2"] + names)
            #expect(try stop.wait(timeout: 7).output == names.map { "\($0)\n" }.joined())
        }
    }

    @Test func stopUsesTheContainersOwnSignal() throws {
        try Apus.with { apus in
            try apus.runReady("one", "trap 'exit 3' USR1; echo ready; while :; do sleep 0.05; done", "--stop-signal", "USR1")
            try apus.output("stop", "one")
            #expect(try apus.output("wait", "one") == "3")
            try apus.output("start", "one")
            #expect(eventually { (try? apus.run("logs", "one").output) == "ready\nready\n" })
            try apus.output("stop", "-s", "KILL", "one")
            #expect(try apus.output("wait", "one") == "137")
        }
    }

    @Test func aPausedContainerStops() throws {
        try Apus.with { apus in
            try apus.runReady("one", StopTests.polite)
            try apus.output("pause", "one")
            try apus.refuses("container one is already paused", code: 1, "pause", "one")
            try apus.refuses("cannot remove container \"one\": it is paused; unpause and stop it or use -f", code: 1, "rm", "one")
            try apus.refuses("cannot start container one: it is paused; unpause it", code: 1, "start", "one")
            try apus.output("stop", "one")
            #expect(try apus.output("wait", "one") == "7")
            try apus.output("start", "one")
            try apus.output("pause", "one")
            try apus.output("kill", "one")
            #expect(try apus.output("wait", "one") == "137")
            try apus.refuses("container one is not running", code: 1, "unpause", "one")
        }
    }

    @Test func killSendsAnySignal() throws {
        try Apus.with { apus in
            try apus.runReady("one", "trap 'echo seen; exit 4' HUP; echo ready; while :; do sleep 0.05; done")
            try apus.output("kill", "-s", "HUP", "one")
            #expect(try apus.output("wait", "one") == "4")
            try apus.refuses("container one is not running", code: 1, "kill", "one")
            try apus.refuses("invalid signal: NOPE", code: 1, "kill", "-s", "NOPE", "one")
            try apus.refuses("no such container: two", code: 1, "kill", "two")
        }
    }

    @Test func oneFailureStopsNoOther() throws {
        try Apus.with { apus in
            try apus.runReady("one", StopTests.polite)
            let outcome = try apus.run("stop", "none", "one")
            #expect(outcome == Outcome(output: "one\n", errorOutput: "apus: no such container: none\n", code: 1))
        }
    }

    @Test func waitTellsHowAContainerWithRmEnded() throws {
        try Apus.with { apus in
            try apus.runReady("one", StopTests.polite, "--rm")
            let wait = try apus.start("wait", "one")
            try apus.refuses("cannot restart container one: with --rm it is removed when it stops", code: 1, "restart", "one")
            try apus.refuses("cannot rename container one while it runs: with --rm it is removed by its name when it stops", code: 1, "rename", "one", "two")
            #expect(eventually { wait.isConnected })  // a listener that comes after the end hears nothing
            try apus.output("stop", "one")
            #expect(try wait.wait() == Outcome(output: "7\n", errorOutput: "", code: 0))
            try apus.refuses("no such container: one", code: 1, "wait", "one")
        }
    }
}

extension Apus {
    /// Runs a shell script in a detached container and waits until it has written something.
    func runReady(_ name: String, _ script: String, _ flags: String...) throws {
        let outcome = try run(["run", "-d", "--name", name] + flags + ["busybox", "sh", "-c", script])
        #expect(outcome.code == 0, "\(outcome)")
        #expect(eventually { (try? run("logs", name).output.isEmpty) == false }, "\(name) does not begin")
    }
}
