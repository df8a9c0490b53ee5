import Engine
import Glibc
import LinuxSystem
import Testing

/// Created containers, starts, restarts and names.
@Suite struct StartTests {
    @Test func anEndedContainerStartsAgainWithWhatItWrote() throws {
        try Apus.with { apus in
            let id = try apus.output("create", "--name", "one", "busybox", "sh", "-c", "echo x >> /file; wc -l < /file")
            #expect(id.utf8.count == 64)
            for round in 1...5 {
                #expect(try apus.output("start", "-a", "one") == "\(round)")
            }
            #expect(try apus.output("logs", "one") == "1\n2\n3\n4\n5")
        }
    }

    @Test func theStatusOfAnAttachedStartIsTheProgramsOwn() throws {
        try Apus.with { apus in
            try apus.output("create", "-i", "--name", "one", "busybox", "sh", "-c", "cat; exit 5")
            #expect(try apus.run("start", "-ai", "one", input: "text").code == 5)
            try apus.output("create", "--name", "two", "busybox", "/none")
            let outcome = try apus.run("start", "two")
            #expect(outcome.code == 1 && outcome.errorOutput == "apus: cannot run \"/none\": no such file or directory (ENOENT)\n", "\(outcome)")
            try apus.refuses("you cannot start and attach multiple containers at once", code: 1, "start", "-a", "one", "two")
        }
    }

    @Test func aStartOfARunningContainerIsNoError() throws {
        try Apus.with { apus in
            try apus.runReady("one", StopTests.polite)
            #expect(try apus.output("start", "one") == "one")
            let attached = try apus.start("start", "-a", "one")
            #expect(eventually { attached.isConnected })
            try apus.output("stop", "one")
            #expect(try attached.wait().code == 7)
        }
    }

    @Test func aStartRightAfterARunStarts() throws {
        try Apus.with { apus in
            for _ in 0..<rounds(30, slow: 3) {
                try apus.output("run", "--name", "one", "busybox", "sh", "-c", "echo x >> /file")
                try apus.output("start", "one")
                #expect(try apus.output("wait", "one") == "0")
                #expect(try apus.run("start", "-a", "one").code == 0)
                let id = try apus.output("inspect", "--format", "{{.Id}}", "one")
                #expect(try readText("\(apus.paths.container(id))/upper/file") == "x\nx\nx")
                try apus.output("rm", "one")
            }
        }
    }

    @Test func ofManyStartsAtOnceOneWins() throws {
        try Apus.with { apus in
            for _ in 0..<rounds(10, slow: 2) {
                let id = try apus.output("create", "--name", "one", "busybox", "sh", "-c", "echo x >> /file; sleep 1000")
                let starts = try (0..<8).map { _ in try apus.start("start", "one") }
                for start in starts { #expect(try start.wait() == Outcome(output: "one\n", errorOutput: "", code: 0)) }
                #expect(eventually { fileExists("\(apus.paths.container(id))/upper/file") })
                #expect(try readText("\(apus.paths.container(id))/upper/file") == "x")
                try apus.output("rm", "-f", "one")
            }
        }
    }

    @Test func startsAndRemovalsAtOnceLeaveNothingHalf() throws {
        try Apus.with { apus in
            for _ in 0..<rounds(15, slow: 3) {
                try apus.output("create", "--name", "one", "busybox", "sleep", "1000")
                let commands = try [["start", "one"], ["rm", "-f", "one"], ["start", "one"], ["rm", "-f", "one"]].map { try apus.start($0) }
                for command in commands {
                    let outcome = try command.wait()
                    let isExpected = outcome.errorOutput.isEmpty || outcome.errorOutput == "apus: no such container: one\n"
                    #expect(isExpected, "\(command.arguments): \(outcome)")
                }
                #expect(try apus.run("rm", "-f", "one").code == 0)
            }
        }
    }

    @Test func manyContainersAtOnce() throws {
        try Apus.with { apus in
            let names = (0..<20).map { "many\($0)" }
            let runs = try names.map { try apus.start(["run", "-d", "--name", $0, "busybox", "sleep", "1000"]) }
            for run in runs { #expect(try run.wait().code == 0) }
            #expect(try apus.run(["kill"] + names).output == names.map { "\($0)\n" }.joined())
            #expect(try apus.run(["wait"] + names).output == names.map { _ in "137\n" }.joined())
            #expect(try apus.run(["rm"] + names).code == 0)
        }
    }

    @Test func aContainerGetsAnotherName() throws {
        try Apus.with { apus in
            try apus.runReady("one", StopTests.polite)
            try apus.output("create", "--name", "two", "busybox", "true")
            let outcome = try apus.run("rename", "one", "two")
            #expect(outcome.code == 1 && outcome.errorOutput.hasPrefix("apus: the container name \"two\" is already in use by container "), "\(outcome)")
            try apus.refuses("cannot rename container one: it has this name already", code: 1, "rename", "one", "one")
            try apus.output("rename", "one", "three")
            try apus.refuses("no such container: one", code: 1, "stop", "one")
            try apus.refuses("cannot remove container \"three\": it is running; stop it or use -f", code: 1, "rm", "three")
            try apus.output("container", "stop", "three")
            try apus.output("container", "rm", "three", "two")
        }
    }

    @Test func aRestartedContainerRunsAnew() throws {
        try Apus.with { apus in
            try apus.runReady("one", StopTests.polite)
            for round in 2...4 {
                try apus.output("restart", "one")
                #expect(eventually { (try? apus.output("logs", "one")) == Array(repeating: "ready", count: round).joined(separator: "\n") })
            }
            try apus.output("rm", "-f", "one")
        }
    }
}

extension Running {
    /// Whether it is connected to a monitor.
    var isConnected: Bool {
        ((try? listDirectory("/proc/\(pid)/fd")) ?? []).contains { ((try? readLink("/proc/\(pid)/fd/\($0)")) ?? "").hasPrefix("socket:") }
    }
}
