import LinuxSystem
import Testing

/// Memory limits that a program tries to exceed.
@Suite struct MemoryTests {
    @Test func whatExceedsItIsKilled() throws {
        try Apus.with { apus throws in
            let outcome = try apus.run("run", "--name", "box", "-m", "16m", "--memory-swap", "16m", "busybox", "tail", "/dev/zero")
            #expect(outcome == Outcome(code: 137))
            let id = try readLink("\(apus.root)/names/box")
            let exit = try apus.exitRecord(id)
            #expect(exit.contains("\"exitCode\":137,\"oomKilled\":true"), "\(exit)")
        }
    }

    @Test func theLimitIsForAllProcessesTogether() throws {
        try Apus.with { apus throws in
            // The kernel kills a child; process 1 goes on and the record says so.
            let script = "tail /dev/zero; echo code $?"
            let outcome = try apus.run("run", "--name", "box", "-m", "16m", "--memory-swap", "16m", "busybox", "sh", "-c", script)
            #expect(outcome.output == "code 137\n" && outcome.code == 0, "\(outcome)")
            #expect(try apus.exitRecord(readLink("\(apus.root)/names/box")).contains("\"oomKilled\":true"))
        }
    }

    @Test func whatStaysBelowLives() throws {
        try Apus.with { apus throws in
            #expect(try apus.sh("dd if=/dev/zero of=/dev/null bs=24M count=2 2>/dev/null && echo ok", "-m", "48m") == "ok")
            #expect(try apus.run("run", "--rm", "-m", "16m", "--memory-swap", "16m", "busybox", "dd", "if=/dev/zero", "of=/dev/null", "bs=48M").code == 137)
        }
    }

    @Test func filesInMemoryCount() throws {
        try Apus.with { apus throws in
            let flags = ["-m", "16m", "--memory-swap", "16m", "--tmpfs", "/t:size=100m"]
            let outcome = try apus.run(["run", "--name", "box"] + flags + ["busybox", "dd", "if=/dev/zero", "of=/t/x", "bs=1M", "count=40"])
            #expect(outcome.code == 137)
            #expect(try apus.exitRecord(readLink("\(apus.root)/names/box")).contains("\"oomKilled\":true"))
        }
    }

    @Test(arguments: [
        (["-m", "32m"], "33554432", "67108864"), (["-m", "32m", "--memory-swap", "32m"], "33554432", "33554432"),
        (["-m", "32m", "--memory-swap", "40m"], "33554432", "41943040"), (["-m", "32m", "--memory-swap", "-1"], "33554432", "max"),
    ]) func valuesOfMemoryAndSwap(_ flags: [String], memory: String, both: String) throws {
        try Apus.with { apus throws in
            let id = try String(apus.run(["run", "-d"] + flags + ["--memory-reservation", "8m", "busybox", "sleep", "100"]).output.dropLast())
            #expect(try apus.cgroup(id, v2: "memory.max", v1: "memory.limit_in_bytes") == memory)
            #expect(try apus.cgroup(id, v2: "memory.low", v1: "memory.soft_limit_in_bytes") == "8388608")
            let swap = try apus.cgroup(id, v2: "memory.swap.max", v1: "memory.memsw.limit_in_bytes")
            if both == "max" {
                #expect(swap == "max" || swap.count > 15)
            } else if Requirement.cgroup2.holds {
                #expect(Int(swap) == Int(both).map { $0 - 33_554_432 })
            } else {
                #expect(swap == both)
            }
        }
    }

    @Test func updateReachesTheRunningProcess() throws {
        try Apus.with { apus throws in
            let eater = "echo ready; read go; tail /dev/zero"
            let tightened = try apus.start("run", "--name", "tight", "-i", "busybox", "sh", "-c", eater, input: .pipe)
            #expect(eventually { tightened.output == "ready\n" })
            try apus.output("update", "-m", "16m", "--memory-swap", "16m", "tight")
            try tightened.write("go\n")
            #expect(try tightened.wait().code == 137)
            let loosened = try apus.start(
                "run", "-m", "16m", "--memory-swap", "16m", "--name", "loose", "-i", "busybox", "sh", "-c",
                "echo ready; read go; dd if=/dev/zero of=/dev/null bs=48M count=1 2>/dev/null && echo ok", input: .pipe)
            #expect(eventually { loosened.output == "ready\n" })
            try apus.output("update", "-m", "100m", "--memory-swap", "100m", "loose")
            try loosened.write("go\n")
            #expect(try loosened.wait() == Outcome(output: "ready\nok\n", code: 0))
        }
    }
}
