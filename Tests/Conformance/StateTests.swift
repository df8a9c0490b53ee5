import Glibc
import LinuxSystem
import Testing

/// runtime.md, the state of a container and the operation `state`.
@Suite("State") struct StateTests {
    @Test("runtime.md#query-state: without an id it is an error")
    func needsAnID() throws { try container { c throws in try c.refused("state") } }

    @Test("runtime.md#query-state: an id that no container has is an error")
    func unknownID() throws { try container { c throws in try c.refused("state", c.id) } }

    @Test("runtime.md#state: it holds ociVersion, id, status, pid and bundle")
    func fields() throws {
        try container { c throws in
            try c.create()
            let state = try c.state()
            #expect(state["id"].string == c.id)
            #expect(state["bundle"].string == c.bundle)
            #expect(state["ociVersion"].string?.split(separator: ".").count ?? 0 >= 3)
            #expect(try fileExists("/proc/\(#require(state["pid"].integer))"))
        }
    }

    @Test("runtime.md#state: after create the status is created")
    func created() throws {
        try container { c throws in
            try c.create()
            #expect(try c.status() == "created")
        }
    }

    @Test("runtime.md#start: after start the status is running, and the pid the same")
    func running() throws {
        try container { c throws in
            c.config["process"]["args"] = ["sleep", "1000"]
            try c.create()
            let pid = try c.pid()
            try c.start()
            #expect(try c.status() == "running")
            #expect(try c.pid() == pid)
            #expect(try eventually { try readText("/proc/\(pid)/cmdline") == "sleep\u{0}1000\u{0}" })
        }
    }

    @Test("runtime.md#state: after the program's end the status is stopped, and there is no pid")
    func stopped() throws {
        try container { c throws in
            try c.launch("exit 3")
            #expect(try eventually { try c.status() == "stopped" })
            #expect(try c.state()["pid"].integer ?? 0 == 0)
        }
    }

    @Test("runtime.md#kill: a program killed from outside is stopped too")
    func killedFromOutside() throws {
        try container { c throws in
            try c.launch()
            kill(pid_t(try c.pid()), SIGKILL)
            #expect(try eventually { try c.status() == "stopped" })
        }
    }

    @Test("runtime.md#state: a created container whose process was killed from outside is stopped")
    func killedBeforeStart() throws {
        try container { c throws in
            try c.create()
            kill(pid_t(try c.pid()), SIGKILL)
            #expect(try eventually { try c.status() == "stopped" })
            try c.refused("start", c.id)
        }
    }

    @Test("runtime.md#state: it holds the annotations of config.json")
    func annotations() throws {
        try container { c throws in
            c.config["annotations"] = ["org.example.key": "value \"quoted\" ü", "empty": ""]
            try c.create()
            #expect(try c.state()["annotations"] == c.config["annotations"])
        }
    }

    @Test("runc state: it holds rootfs, created (RFC 3339, in UTC) and owner")
    func furtherFields() throws {
        try container { c throws in
            try c.create()
            let state = try c.state()
            #expect(state["rootfs"].string == c.rootfs)
            #expect(state["owner"].string != nil)
            let created = try #require(state["created"].string)
            #expect(created.hasSuffix("Z") && created.split(separator: "T").count == 2)
        }
    }

    @Test("runc pause: the status of a paused container is paused", .requires(.file("/sys/fs/cgroup")))
    func paused() throws {
        try container { c throws in
            try c.launch()
            try c.must("pause", c.id)
            #expect(try c.status() == "paused")
            try c.must("resume", c.id)
            #expect(try c.status() == "running")
        }
    }
}

/// runtime.md, the operation `start`.
@Suite("Start") struct StartTests {
    @Test("runtime.md#start: without an id it is an error")
    func needsAnID() throws { try container { c throws in try c.refused("start") } }

    @Test("runtime.md#start: an id that no container has is an error")
    func unknownID() throws { try container { c throws in try c.refused("start", c.id) } }

    @Test("runtime.md#start: a running container is not started again, and runs on")
    func twice() throws {
        try container { c throws in
            try c.launch("echo x >> /starts; sleep 1000")
            #expect(eventually { c.text("bundle/rootfs/starts") == "x" })
            let state = try c.state()
            try c.refused("start", c.id)
            #expect(try c.state() == state)
            #expect(c.text("bundle/rootfs/starts") == "x")
        }
    }

    @Test("runtime.md#start: a stopped container is not started again")
    func afterTheEnd() throws {
        try container { c throws in
            try c.launch("echo x >> /starts")
            #expect(try eventually { try c.status() == "stopped" })
            try c.refused("start", c.id)
            #expect(c.text("bundle/rootfs/starts") == "x")
            #expect(try c.status() == "stopped")
        }
    }

    @Test("runtime.md#start: of two starts at once one succeeds")
    func twoAtOnce() throws {
        try container { c throws in
            c.config["process"]["args"] = ["sh", "-c", "echo x >> /starts; sleep 1000"]
            try c.create()
            let starts = [try c.begin(["start", c.id]), try c.begin(["start", c.id])]
            let codes = try starts.map { try $0.wait().code }
            #expect(codes.filter { $0 == 0 }.count == 1, "\(codes)")
            #expect(try c.status() == "running")
            #expect(eventually { c.text("bundle/rootfs/starts") == "x" })
        }
    }

    @Test("runtime.md#start: a program that is not there is an error that names it")
    func programNotFound() throws {
        try container { c throws in
            c.config["process"]["args"] = ["no-such-program"]
            #expect(try c.isRefused().errorOutput.contains("no-such-program"))
        }
    }

    @Test("runtime.md#start: a program without the right to be executed is an error", arguments: ["/plain", "/tmp"])
    func programNotExecutable(_ path: String) throws {
        try container { c throws in
            try c.file("bundle/rootfs/plain", "#!/bin/sh\necho the program ran\n", mode: 0o644)
            c.config["process"]["args"] = [.string(path)]
            try c.isRefused()
        }
    }
}
