import Glibc
import LinuxSystem
import Testing

/// runtime.md, the operation `kill`.
@Suite("Kill") struct KillTests {
    @Test("runtime.md#kill: without an id it is an error")
    func needsAnID() throws { try container { c throws in try c.refused("kill") } }

    @Test("runtime.md#kill: an id that no container has is an error")
    func unknownID() throws { try container { c throws in try c.refused("kill", c.id, "KILL") } }

    @Test("runtime.md#kill: a created container can be killed, and is stopped then")
    func created() throws {
        try container { c throws in
            c.config["process"]["args"] = ["touch", "/ran"]
            try c.create()
            try c.must("kill", c.id, "KILL")
            #expect(try eventually { try c.status() == "stopped" })
            #expect(!fileExists("\(c.rootfs)/ran"))
        }
    }

    @Test("runtime.md#kill: a running container can be killed, and is stopped then")
    func running() throws {
        try container { c throws in
            try c.launch()
            try c.must("kill", c.id, "KILL")
            #expect(try eventually { try c.status() == "stopped" })
        }
    }

    @Test("runtime.md#kill: for a stopped container it is an error, and nothing changes")
    func stopped() throws {
        try container { c throws in
            try c.launch("true")
            #expect(try eventually { try c.status() == "stopped" })
            let state = try c.state()
            try c.refused("kill", c.id, "KILL")
            #expect(try c.state() == state)
        }
    }

    @Test("runtime.md#kill: the signal comes, by name, with SIG before it, in small letters, by number", arguments: ["USR1", "SIGUSR1", "usr1", "10"])
    func names(_ signal: String) throws {
        try container { c throws in
            try c.launch("trap 'echo came > /came; exit' USR1; echo ready > /ready; while :; do sleep 0.05; done")
            #expect(eventually { c.text("bundle/rootfs/ready") == "ready" })
            try c.must("kill", c.id, signal)
            #expect(eventually { c.text("bundle/rootfs/came") == "came" })
        }
    }

    @Test("runc kill: the signal is TERM where none is given")
    func usualSignal() throws {
        try container { c throws in
            try c.launch("trap 'echo came > /came; exit' TERM; echo ready > /ready; while :; do sleep 0.05; done")
            #expect(eventually { c.text("bundle/rootfs/ready") == "ready" })
            try c.must("kill", c.id)
            #expect(eventually { c.text("bundle/rootfs/came") == "came" })
        }
    }

    @Test("runc kill: a signal that there is not is an error", arguments: ["NOSUCH", "SIG", "KILLKILL"])
    func unknownSignal(_ signal: String) throws {
        try container { c throws in
            try c.launch()
            try c.refused("kill", c.id, signal)
            #expect(try c.status() == "running")
        }
    }

    @Test("runc kill: --all sends the signal to every process of the container")
    func all() throws {
        try container { c throws in
            try c.file("bundle/rootfs/wait", "trap \"echo came > /$1came\" USR1; echo ready > /$1ready; while :; do sleep 0.05; done\n")
            try c.launch("sh /wait second- & . /wait")
            #expect(eventually { c.text("bundle/rootfs/ready") != nil && c.text("bundle/rootfs/second-ready") != nil })
            try c.must("kill", "--all", c.id, "USR1")
            #expect(eventually { c.text("bundle/rootfs/came") != nil && c.text("bundle/rootfs/second-came") != nil })
        }
    }

    @Test("runc kill: without a pid namespace of its own, KILL for the first process ends the others too, at the latest with delete")
    func sharedPidNamespace() throws {
        try container { c throws in
            c.config["linux"]["namespaces"] = [["type": "mount"], ["type": "uts"]]
            try c.launch("sleep 1000 & sleep 1000")
            try c.stop()
            try c.must("delete", c.id)
            #expect(c.leftovers() == [])
        }
    }
}

/// runtime.md, the operation `delete`.
@Suite("Delete") struct DeleteTests {
    @Test("runtime.md#delete: without an id it is an error")
    func needsAnID() throws { try container { c throws in try c.refused("delete") } }

    @Test("runtime.md#delete: an id that no container has is an error")
    func unknownID() throws { try container { c throws in try c.refused("delete", c.id) } }

    @Test("runc delete: with --force an id that no container has is none")
    func forceUnknownID() throws { try container { c throws in try c.must("delete", "--force", c.id) } }

    @Test("runtime.md#delete: a running container is not deleted, and runs on")
    func running() throws {
        try container { c throws in
            try c.launch()
            let state = try c.state()
            try c.refused("delete", c.id)
            #expect(try c.state() == state)
        }
    }

    @Test("runc delete: a created container is deleted, its process killed")
    func created() throws {
        try container { c throws in
            try c.create()
            let pid = try c.pid()
            try c.must("delete", c.id)
            try c.refused("state", c.id)
            #expect(eventually { !fileExists("/proc/\(pid)/root") || c.leftovers() == [] })
        }
    }

    @Test("runtime.md#delete: of a stopped container nothing stays: no state, no cgroup, no mount; its id is free")
    func stopped() throws {
        try container { c throws in
            try c.launch("true")
            #expect(try eventually { try c.status() == "stopped" })
            try c.must("delete", c.id)
            try c.refused("state", c.id)
            #expect(c.leftovers() == [])
            #expect(try listDirectory(c.root) == [])
            try c.launch("true")
        }
    }

    @Test("runtime.md#delete: what create did not make stays: the bundle, and the source of a mount")
    func othersStay() throws {
        try container { c throws in
            try c.file("volume/kept", "kept\n")
            c.config["mounts"].append(["destination": "/mnt", "type": "bind", "source": .string("\(c.scratch)/volume"), "options": ["bind"]])
            try c.launch("true")
            #expect(try eventually { try c.status() == "stopped" })
            try c.must("delete", c.id)
            #expect(c.text("volume/kept") == "kept")
            #expect(c.text("bundle/config.json") != nil && fileExists("\(c.rootfs)/bin/busybox"))
        }
    }

    @Test("runc delete: --force kills a running container and deletes it", arguments: ["--force", "-f"])
    func force(_ flag: String) throws {
        try container { c throws in
            try c.launch("sleep 1000 & sleep 1000")
            try c.must("delete", flag, c.id)
            try c.refused("state", c.id)
            #expect(c.leftovers() == [])
        }
    }

    @Test("runc delete: without a pid namespace, what runs on after the first process is ended too", arguments: [[], ["--force"]])
    func othersOfTheHostsPidNamespace(_ flags: [String]) throws {
        try container { c throws in
            c.config["linux"]["namespaces"] = [["type": "mount"], ["type": "uts"]]
            try c.launch("exec sleep 1000")
            for _ in 0..<3 { try c.must("exec", "--detach", c.id, "sleep", "1000") }
            kill(pid_t(try c.pid()), SIGKILL)
            #expect(try eventually { try c.status() == "stopped" })
            #expect(try c.call(["delete"] + flags + [c.id]).code == 0)
            #expect(c.leftovers() == [])
        }
    }

    @Test("runc delete: --force deletes a paused container")
    func forcePaused() throws {
        try container { c throws in
            try c.launch()
            try c.must("pause", c.id)
            try c.must("delete", "--force", c.id)
            #expect(c.leftovers() == [])
        }
    }
}
