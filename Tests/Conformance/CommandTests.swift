import Glibc
import LinuxSystem
import Testing

/// runc's other commands on containers: `pause`, `resume`, `ps`, `list`, `events`.
@Suite("Pause, ps, list, events") struct CommandTests {
    @Test("runc pause: nothing runs until resume")
    func pause() throws {
        try container { c throws in
            try c.launch("while :; do echo x >> /ticks; sleep 0.01; done")
            #expect(eventually { (c.text("bundle/rootfs/ticks") ?? "").utf8.count > 4 })
            try c.must("pause", c.id)
            let count = c.text("bundle/rootfs/ticks")?.utf8.count ?? 0
            usleep(200_000)
            #expect(c.text("bundle/rootfs/ticks")?.utf8.count == count)
            try c.must("resume", c.id)
            #expect(eventually { c.text("bundle/rootfs/ticks")?.utf8.count ?? 0 > count })
        }
    }

    @Test("runc resume: of a container that is not paused it is an error")
    func resumeRunning() throws {
        try container { c throws in
            try c.launch()
            try c.refused("resume", c.id)
            #expect(try c.status() == "running")
        }
    }

    @Test("runc pause: of a stopped or an unknown container it is an error")
    func pauseStopped() throws {
        try container { c throws in
            try c.refused("pause", c.id)
            try c.launch("true")
            #expect(try eventually { try c.status() == "stopped" })
            try c.refused("pause", c.id)
            try c.refused("resume", c.id)
        }
    }

    @Test("runc kill: a paused container that is sent KILL ends, at the latest after resume")
    func killPaused() throws {
        try container { c throws in
            try c.launch()
            try c.must("pause", c.id)
            try c.must("kill", c.id, "KILL")
            try c.call("resume", c.id)
            #expect(try eventually { try c.status() == "stopped" })
        }
    }

    @Test("runc ps: --format json is an array of the pids on the host", arguments: ["--format", "-f"])
    func psJSON(_ flag: String) throws {
        try container { c throws in
            try c.launch("sleep 1000 & sleep 1000")
            #expect(try eventually { try JSON(parsing: c.must("ps", flag, "json", c.id).output).array.count >= 2 })
            #expect(try JSON(parsing: c.must("ps", flag, "json", c.id).output).array.contains(.integer(c.pid())))
        }
    }

    @Test("runc ps: the table is that of ps -ef, of the container's processes only")
    func psTable() throws {
        try container { c throws in
            c.config["process"]["args"] = ["sleep", "1234567"]
            try c.create()
            try c.start()
            let lines = try c.must("ps", c.id).output.split(separator: "\n")
            try #require(lines.count == 2, "\(lines)")
            #expect(lines[0].split(separator: " ").prefix(3) == ["UID", "PID", "PPID"], "\(lines)")
            #expect(try lines[1].contains(" \(c.pid()) ") && lines[1].contains("sleep 1234567"), "\(lines)")
        }
    }

    @Test("runc ps: what follows the id goes to ps")
    func psOptions() throws {
        try container { c throws in
            try c.launch("exec sleep 1000")
            let lines = try c.must("ps", c.id, "-e", "-o", "pid,comm").output.split(separator: "\n")
            #expect(lines.count == 2 && lines[0].split(separator: " ") == ["PID", "COMMAND"], "\(lines)")
        }
    }

    @Test("runc ps: of a stopped container there is nothing to show, which is no error")
    func psStopped() throws {
        try container { c throws in
            try c.launch("true")
            #expect(try eventually { try c.status() == "stopped" })
            #expect(try c.must("ps", c.id).output.split(separator: "\n").count == 1)
            #expect(try JSON(parsing: c.must("ps", "--format", "json", c.id).output).array == [])
        }
    }

    @Test("runc ps: of an unknown container, and with an unknown format, it is an error")
    func psErrors() throws {
        try container { c throws in
            try c.refused("ps", c.id)
            try c.launch()
            try c.refused("ps", "--format", "xml", c.id)
        }
    }

    @Test("runc list: the table has ID, PID, STATUS, BUNDLE, CREATED and OWNER")
    func listTable() throws {
        try container { c throws in
            try c.launch()
            let lines = try c.must("list").output.split(separator: "\n").map { $0.split(separator: " ", omittingEmptySubsequences: true).map(String.init) }
            try #require(lines.count == 2, "\(lines)")
            #expect(lines[0] == ["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"])
            #expect(try Array(lines[1].prefix(4)) == [c.id, "\(c.pid())", "running", c.bundle] && lines[1].last == "root", "\(lines)")
        }
    }

    @Test("runc list: --quiet prints ids only", arguments: ["--quiet", "-q"])
    func listQuiet(_ flag: String) throws {
        try container { c throws in
            #expect(try c.must("list", flag).output == "")
            try c.create()
            #expect(try c.must("list", flag).output == "\(c.id)\n")
        }
    }

    @Test("runc list: --format json holds what state says, and null where there is no container", arguments: ["--format", "-f"])
    func listJSON(_ flag: String) throws {
        try container { c throws in
            #expect(try JSON(parsing: c.must("list", flag, "json").output).array == [])
            try c.create()
            let list = try JSON(parsing: c.must("list", flag, "json").output)
            let state = try c.state()
            #expect(list.array.count == 1)
            for key in ["ociVersion", "id", "pid", "status", "bundle", "rootfs", "created"] { #expect(list[0][key] == state[key], "\(key)") }
            #expect(list[0]["owner"].string == "root")
        }
    }

    @Test("runc list: a stopped container has pid 0")
    func listStopped() throws {
        try container { c throws in
            try c.launch("true")
            #expect(try eventually { try c.status() == "stopped" })
            let list = try JSON(parsing: c.must("list", "--format", "json").output)
            #expect(list[0]["status"].string == "stopped" && list[0]["pid"].integer == 0)
        }
    }

    @Test("runc list: an unknown format is an error")
    func listFormat() throws { try container { c throws in try c.refused("list", "--format", "xml") } }

    @Test("runc: flags may stand after the id, where no program's arguments follow it")
    func flagsAfterTheID() throws {
        try container { c throws in
            try c.launch()
            try c.must("delete", c.id, "--force")
            #expect(try c.status() == nil)
        }
    }

    @Test("runc --root: containers of another root are not seen")
    func roots() throws {
        try container { c throws in
            try c.create()
            let other = try Program([Runtime.path, "--root", "\(c.scratch)/other", "list", "-q"]).wait()
            #expect(other.code == 0 && other.output == "", "\(other)")
            #expect(try Program([Runtime.path, "--root", "\(c.scratch)/other", "state", c.id]).wait().code > 0)
        }
    }

    @Test("runc --root: a root that is not there is made when a container is")
    func newRoot() throws {
        try container { c throws in
            try c.writeConfig()
            _ = unsafe rmdir(c.root)
            try c.create()
            #expect(try c.status() == "created")
        }
    }

    @Test("runc events: --stats prints one record, with memory, processes and processor time")
    func stats() throws {
        try container { c throws in
            try c.launch("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; exec sleep 1000")
            #expect(try eventually { try readText("/proc/\(c.pid())/comm") == "sleep" })
            let outcome = try c.must("events", "--stats", c.id)
            let record = try JSON(parsing: outcome.output)
            // Readers look for the members in this order.
            #expect(outcome.output.hasPrefix("{\"type\":\"stats\",\"id\":\"\(c.id)\",\"data\":{"), "\(outcome)")
            #expect(record["data"].keys.isSuperset(of: ["cpu", "memory", "pids", "blkio"]), "\(record["data"].keys)")
        }
    }

    @Test("runc events: --stats counts processes, memory and processor time", .requires(.v1("memory")))
    func statsValues() throws {
        try container { c throws in
            try c.launch("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; exec sleep 1000")
            #expect(try eventually { try readText("/proc/\(c.pid())/comm") == "sleep" })
            let data = try JSON(parsing: c.must("events", "--stats", c.id).output)["data"]
            #expect(data["pids"]["current"].integer == 1)
            #expect(data["memory"]["usage"]["usage"].integer ?? 0 > 0 && data["memory"]["usage"]["limit"].integer ?? 0 > 0)
            #expect(data["cpu"]["usage"]["total"].integer ?? 0 > 1_000_000)
        }
    }

    @Test("runc events: it prints a record every --interval, until the container is deleted")
    func interval() throws {
        try container { c throws in
            try c.launch()
            let events = try c.begin(["events", "--interval", "100ms", c.id])
            #expect(eventually { events.output.split(separator: "\n").count >= 2 })
            try c.must("delete", "--force", c.id)
            #expect(try events.wait().code == 0)
            let first = events.output.split(separator: "\n").first ?? ""
            #expect(try JSON(parsing: String(first))["type"].string == "stats")
        }
    }

    @Test("runc events: it says when the container runs out of memory", .requires(.v1("memory")))
    func outOfMemory() throws {
        try container { c throws in
            c.config["linux"]["resources"] = ["memory": ["limit": 8_388_608]]
            try c.launch("while [ ! -e /go ]; do sleep 0.05; done; dd if=/dev/zero of=/dev/null bs=64M count=1; sleep 1000")
            let events = try c.begin(["events", "--interval", "10s", c.id])
            usleep(isSlow ? 5_000_000 : 500_000)
            try c.file("bundle/rootfs/go", "")
            #expect(eventually { events.output.contains("\"type\":\"oom\"") }, "\(events.output)")
            events.stop()
        }
    }

    @Test("runc events: an interval of nothing, and a stopped container, are errors")
    func eventsErrors() throws {
        try container { c throws in
            try c.refused("events", "--stats", c.id)
            try c.launch("true")
            #expect(try eventually { try c.status() == "stopped" })
            try c.refused("events", "--stats", c.id)
        }
    }
}
