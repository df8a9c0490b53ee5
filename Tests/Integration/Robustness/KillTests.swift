import Glibc
import LinuxSystem
import Testing

/// Kill -9 at any moment: the next command finds a consistent state, and `apus system prune` collects what is left.
@Suite struct KillTests {
    private enum Victim: CaseIterable { case client, monitor, both }

    @Test func anyOfUsAtAnyMoment() throws {
        try Apus.with { apus throws in
            try apus.output("run", "--rm", "busybox", "true")
            for round in 0..<rounds(100, slow: 25) {
                let victim = Victim.allCases[round % 3]
                let flags = round % 2 == 0 ? ["--rm"] : ["--name", "box\(round)"]
                let running = try apus.start(["run"] + flags + ["-m", "32m", "busybox", "sh", "-c", "sleep 0.01; echo done"])
                usleep(UInt32.random(in: 0...(isSlow ? 400_000 : 30_000)))
                // The monitor is the client's only child.
                let children = ((try? readText("/proc/\(running.pid)/task/\(running.pid)/children")) ?? "").split(separator: " ").compactMap { Int32($0) }
                if victim != .monitor { running.send(SIGKILL) }
                if victim != .client { for child in children { kill(child, SIGKILL) } }
                let outcome = try running.wait()
                check(outcome, victim, round)
                let list = try apus.run("ps", "-a")
                #expect(list.code == 0 && list.errorOutput.isEmpty, "round \(round): \(list)")
                if round % 10 == 0 { #expect(try apus.run("run", "--rm", "busybox", "echo", "ok") == Outcome(output: "ok\n", code: 0)) }
            }
            try pruneCollects(apus)
        }
    }

    /// A client either ends as its program did, or says in one line that the monitor was lost, or was killed.
    private func check(_ outcome: Outcome, _ victim: Victim, _ round: Int) {
        if outcome == Outcome(output: "done\n", code: 0) { return }
        if victim == .monitor {
            let lines = outcome.errorOutput.split(separator: "\n")
            #expect(outcome.code == 125 && lines.count == 1 && outcome.errorOutput.contains("monitor"), "round \(round): \(outcome)")
        } else {
            #expect(outcome.code == -SIGKILL, "round \(round): \(outcome)")
        }
    }

    private func pruneCollects(_ apus: Apus) throws {
        // Containers that lost their client run on for a moment; a directory without a lock is spared for ten seconds.
        let isClean = try eventually(seconds: 40) {
            let prune = try apus.run("system", "prune", "-f")
            #expect(prune.code == 0 && prune.errorOutput.isEmpty, "\(prune)")
            usleep(200_000)
            return apus.leftovers().isEmpty
        }
        #expect(isClean, "\(apus.leftovers())")
    }

    @Test func aLostMonitorTakesTheProgramWithItAndTheRecordSaysSo() throws {
        try Apus.with { apus throws in
            let id = try apus.output("run", "-d", "--name", "box", "busybox", "sleep", "100")
            let pid = try apus.pid(of: id)
            let parent = try #require(
                readText("/proc/\(pid)/status").split(separator: "\n").first { $0.hasPrefix("PPid:") }.flatMap { Int32($0.filter(\.isNumber)) })
            kill(parent, SIGKILL)
            #expect(eventually { !fileExists("/proc/\(pid)") })
            #expect(!apus.isRunning("box"))
            let exit = try apus.exitRecord(id)
            #expect(exit.contains("\"exitCode\":137"), "\(exit)")
            try apus.output("start", "box")
            #expect(apus.isRunning("box"))
        }
    }

    @Test func loadingKilledAtAnyMoment() throws {
        try Apus.with(image: false) { apus throws in
            for _ in 0..<rounds(20, slow: 6) {
                let running = try apus.start("load", "-q", "-i", BusyboxImage.archive)
                usleep(UInt32.random(in: 0...(isSlow ? 300_000 : 25_000)))
                running.send(SIGKILL)
                _ = try running.wait()
                #expect(try apus.run("images").code == 0)
            }
            try apus.output("load", "-q", "-i", BusyboxImage.archive)
            #expect(try apus.run("run", "--rm", "busybox", "echo", "ok") == Outcome(output: "ok\n", code: 0))
            try pruneCollects(apus)
        }
    }
}
