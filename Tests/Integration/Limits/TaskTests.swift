import LinuxSystem
import Testing

/// A limit of tasks that a program tries to exceed.
@Suite struct TaskTests {
    @Test func forkFailsAndNothingElse() throws {
        try Apus.with { apus throws in
            let script = "n=0; while n=$((n+1)); do sleep 100 & echo $n; done"
            let outcome = try apus.run("run", "--rm", "--pids-limit", "10", "busybox", "sh", "-c", script)
            #expect(outcome.output == (1...9).map { "\($0)\n" }.joined())
            #expect(outcome.errorOutput == "sh: can't fork: Resource temporarily unavailable\n" && outcome.code == 2, "\(outcome)")
            #expect(try apus.sh("for i in $(seq 20); do sleep 100 & done; jobs | wc -l") == "20")
        }
    }

    @Test func updateReachesTheRunningProcess() throws {
        try Apus.with { apus throws in
            let script = "sleep 100 & echo ready; read go; (sleep 100 & echo more)"
            for limit in ["2", "20"] {
                let running = try apus.start("run", "--rm", "--name", "box\(limit)", "--pids-limit", "2", "-i", "busybox", "sh", "-c", script, input: .pipe)
                #expect(eventually { running.output == "ready\n" })
                try apus.output("update", "--pids-limit", limit, "box\(limit)")
                try running.write("go\n")
                let outcome = try running.wait()
                #expect(outcome.output == (limit == "2" ? "ready\n" : "ready\nmore\n"))
                #expect(outcome.code == (limit == "2" ? 2 : 0))
            }
        }
    }

    @Test func unlimited() throws {
        try Apus.with { apus throws in
            let id = try apus.detached("sleep 100", "--pids-limit", "-1")
            #expect(try apus.cgroup(id, v2: "pids.max", v1: "pids.max") == "max")
        }
    }
}
