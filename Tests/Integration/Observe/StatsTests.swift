import LinuxSystem
import Testing

@Suite("stats and top") struct StatsTests {
    @Test("A busy and an idle container, measured together") func stats() throws {
        try Apus.with { apus in
            try apus.output("run", "-d", "--name", "busy", "--cpus", "0.5", "-m", "64m", "busybox", "sh", "-c", "while :; do :; done")
            try apus.output("run", "-d", "--name", "idle", "busybox", "sleep", "1000")
            let start = monotonicNanoseconds()
            let lines = try apus.output("stats", "--no-stream", "--format", "{{.Name}} {{.CPUPerc}} {{.MemUsage}} {{.PIDs}}").split(separator: "\n")
            #expect(Double(monotonicNanoseconds() - start) / 1e9 < (isSlow ? 10 : 2), "sampled one after the other")
            let idle = try #require(lines.first { $0.hasPrefix("idle ") }?.split(separator: " "))
            let busy = try #require(lines.first { $0.hasPrefix("busy ") }?.split(separator: " "))
            func percent(_ text: Substring) -> Double { Double(text.dropLast()) ?? -1 }
            #expect((30.0...70.0).contains(percent(busy[1])), "\(busy)")
            #expect((0.0...5.0).contains(percent(idle[1])), "\(idle)")
            #expect(busy[4] == "64MiB" && idle[4].hasSuffix("iB") && busy[5] == "1")
            #expect(try apus.output("stats", "--no-stream", "idle").hasPrefix("CONTAINER ID   NAME      CPU %     MEM USAGE / LIMIT"))
        }
    }

    @Test("A live table ends with the containers it was asked for") func live() throws {
        try Apus.with { apus in
            try apus.output("run", "-d", "--name", "short", "busybox", "sleep", "1000")
            let stats = try apus.start("stats", "--format", "{{.Name}}", "short")
            #expect(eventually { stats.output.hasPrefix("short\nshort\n") })
            try apus.output("kill", "short")
            #expect(try stats.wait(timeout: 10).code == 0)
        }
    }

    @Test("What does not run") func stopped() throws {
        try Apus.with { apus in
            try apus.output("create", "--name", "made", "busybox", "true")
            try apus.refuses("container made is not running; use --all to show it nevertheless", code: 1, "stats", "made")
            try apus.refuses("container made is not running", code: 1, "top", "made")
            #expect(try apus.output("stats", "-a", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}") == "made 0B / 0B")
        }
    }

    @Test("Processes with the host's numbers") func top() throws {
        try Apus.with { apus in
            try apus.output("run", "-d", "--name", "two", "-u", "65534", "busybox", "sh", "-c", "sleep 999 & sleep 1000; true")
            #expect(try eventually { try apus.output("top", "two").split(separator: "\n").count == 4 })
            let rows = try apus.output("top", "two").split(separator: "\n").map { $0.split(separator: " ") }
            #expect(rows[0] == ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"])
            let pid = try apus.output("inspect", "-f", "{{.State.Pid}}", "two")
            #expect(rows.contains { $0[1] == pid } && rows.filter { $0[2] == pid }.count == 2)
            #expect(rows.dropFirst().allSatisfy { $0[0] == "nobody" && $0[5] == "?" })
            let own = try apus.output("top", "two", "-o", "pid,args").split(separator: "\n").map(String.init)
            #expect(own.count == 4 && own.contains { $0.hasPrefix(pid) })
            try apus.refuses(
                "cannot tell the container's processes: ps does not list PID; leave the column pid in its options", code: 1, "top", "two", "-o", "args")
        }
    }
}
