import LinuxSystem
import Testing

/// `apus update`: what it refuses, and what is left after it.
@Suite struct UpdateTests {
    @Test func aRefusedUpdateLeavesTheRecord() throws {
        try Apus.with { apus in
            try apus.runReady("one", StopTests.deaf, "--memory", "64m")
            let before = try apus.output("inspect", "--format", "{{json .HostConfig}}", "one")
            try apus.refuses("you must provide one or more flags when using this command", code: 1, "update", "one")
            for flags in [["--memory", "1m"], ["--cpuset-cpus", "4000"], ["--memory", "64m", "--memory-swap", "32m"]] {
                #expect(try apus.run(["update"] + flags + ["one"]).code == 1, "\(flags)")
                #expect(try apus.output("inspect", "--format", "{{json .HostConfig}}", "one") == before)
            }
            try apus.output("rm", "-f", "one")
        }
    }

    @Test func whatItAddsGoesWithTheContainer() throws {
        try Apus.with { apus in
            try apus.runReady("one", StopTests.deaf, "--rm")
            try apus.output("update", "--cpus", "0.5", "--pids-limit", "50", "one")
            try apus.output("kill", "one")
            try apus.runReady("two", StopTests.deaf)
            try apus.output("update", "--cpu-shares", "200", "two")
            try apus.output("update", "--cpuset-cpus", "0", "two")
            try apus.output("kill", "two")
            try apus.output("start", "two")
            #expect(try apus.output("inspect", "--format", "{{.HostConfig.CpuShares}}", "two") == "200")
            try apus.output("rm", "-f", "two")
        }
    }

    @Test func aStoppedContainerTakesTheLimitsAtItsNextStart() throws {
        try Apus.with { apus in
            try apus.output("create", "--name", "one", "busybox", "sh", "-c", "ulimit -a >/dev/null; echo ran")
            try apus.output("update", "--pids-limit", "20", "one")
            #expect(try apus.output("start", "-a", "one") == "ran")
            #expect(try apus.output("inspect", "--format", "{{.HostConfig.PidsLimit}}", "one") == "20")
        }
    }
}
