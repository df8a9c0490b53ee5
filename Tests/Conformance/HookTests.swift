import Glibc
import LinuxSystem
import Testing

/// config.md, `hooks`; runtime.md, the lifecycle's steps.
@Suite("Hooks") struct HookTests {
    /// A hook that runs a script of the host.
    private func hook(_ script: String) -> JSON { ["path": "/bin/sh", "args": ["sh", "-c", .string(script)]] }

    @Test("runtime.md#lifecycle: the hooks are called at their moments, in their order, each list in its own")
    func order() throws {
        try container { c throws in
            let log = "\(c.scratch)/log"
            for name in ["prestart", "createRuntime", "createContainer", "poststart", "poststop"] {
                c.config["hooks"][name] = [hook("echo \(name) 1 >> \(log)"), hook("echo \(name) 2 >> \(log)")]
            }
            c.config["hooks"]["startContainer"] = [hook("echo startContainer 1 >> /log"), hook("echo startContainer 2 >> /log")]
            c.config["mounts"].append(["destination": "/log", "type": "bind", "source": .string(try c.file("log", "")), "options": ["bind"]])
            let created = ["prestart 1", "prestart 2", "createRuntime 1", "createRuntime 2", "createContainer 1", "createContainer 2"]
            let started = ["startContainer 1", "startContainer 2", "program", "poststart 1", "poststart 2"]
            c.config["process"]["args"] = ["sh", "-c", "echo program >> /log; sleep 1000"]
            try c.create()
            #expect(lines(c) == created)
            try c.start()
            #expect(eventually { lines(c).count == 11 })
            // The program and poststart run at the same time.
            #expect(Array(lines(c).prefix(8)) == created + started.prefix(2))
            #expect(lines(c).sorted() == (created + started).sorted())
            try c.stop()
            #expect(lines(c).count == 11)
            try c.must("delete", c.id)
            #expect(lines(c).suffix(2) == ["poststop 1", "poststop 2"])
        }
    }

    @Test("config.md#posix-platform-hooks: prestart and createRuntime get the state on stdin, creating", arguments: ["prestart", "createRuntime"])
    func stateBeforeCreation(_ name: String) throws { try expectState(name, ["creating"]) }

    @Test("config.md#posix-platform-hooks: createContainer gets the state on stdin, creating or (crun) created, with a pid")
    func stateAtCreateContainer() throws { try expectState("createContainer", ["creating", "created"]) }

    @Test("config.md#posix-platform-hooks: poststart gets the state on stdin, running")
    func stateAfterStart() throws { try expectState("poststart", ["running"]) }

    @Test("config.md#posix-platform-hooks: poststop gets the state on stdin, stopped")
    func stateAfterStop() throws { try expectState("poststop", ["stopped"]) }

    private func expectState(_ name: String, _ statuses: Set<String>) throws {
        try container { c throws in
            let annotations: JSON = ["org.example.key": "value"]
            c.config["annotations"] = annotations
            c.config["hooks"][name] = [hook("cat > \(c.scratch)/seen")]
            try c.launch()
            let pid = try c.pid()
            if name == "poststop" { try c.must("delete", "--force", c.id) }
            let seen = try JSON(parsing: c.text("seen") ?? "")
            #expect(seen["id"].string == c.id && seen["bundle"].string == c.bundle)
            #expect(seen["annotations"] == annotations && seen["ociVersion"].string != nil)
            let status = seen["status"].string ?? "no status"
            #expect(statuses.contains(status), "\(status)")
            // A hook in the container's own pid namespace may be told another number.
            let number = seen["pid"].integer ?? 0
            if name == "createContainer" { #expect(number > 0) } else if name != "poststop" { #expect(number == pid) }
        }
    }

    @Test("config.md#posix-platform-hooks: startContainer gets the state on stdin in the container")
    func stateInTheContainer() throws {
        try container { c throws in
            c.config["hooks"]["startContainer"] = [hook("cat > /seen")]
            try c.launch()
            #expect(eventually { c.text("bundle/rootfs/seen") ?? "" != "" })
            let seen = try JSON(parsing: c.text("bundle/rootfs/seen") ?? "")
            #expect(seen["id"].string == c.id && seen["bundle"].string == c.bundle && seen["status"].string == "created", "\(seen)")
        }
    }

    @Test("config.md#posix-platform-hooks: args and env are those of the hook, args[0] included")
    func argumentsAndEnvironment() throws {
        try container { c throws in
            let path = try c.file("hook", "#!/bin/sh\n{ printf '<%s>' \"$@\"; echo; tr '\\0' '\\n' < /proc/$$/environ; } > \(c.scratch)/seen\n", mode: 0o755)
            c.config["hooks"]["createRuntime"] = [["path": .string(path), "args": ["name", "a b", ""], "env": ["A=1", "B=x y"]]]
            #expect(try c.run().code == 0)
            #expect(c.text("seen") == "<a b><>\nA=1\nB=x y")
        }
    }

    @Test("runc run: a hook without env has the runtime's on the host, and the program's at startContainer")
    func inheritedEnvironment() throws {
        try container { c throws in
            c.config["process"]["env"] = ["PATH=/bin", "OF_THE_PROGRAM=yes"]
            c.config["hooks"]["createRuntime"] = [hook("tr '\\0' '\\n' < /proc/$$/environ | grep -c ^PATH= > \(c.scratch)/seen")]
            try c.file("bundle/rootfs/hook", "#!/bin/sh\necho $OF_THE_PROGRAM > /seen\n", mode: 0o755)
            c.config["hooks"]["startContainer"] = [["path": "/hook"]]
            #expect(try c.run().code == 0)
            #expect(c.text("seen") == "1")
            #expect(c.text("bundle/rootfs/seen") == "yes")
        }
    }

    @Test("config.md#posix-platform-hooks: a path that is not absolute is an error")
    func relativePath() throws {
        try container { c throws in
            c.config["hooks"]["createRuntime"] = [["path": "bin/true"]]
            try c.isRefused()
        }
    }

    @Test("config.md#posix-platform-hooks: a timeout that is not above 0 is an error", arguments: [0, -1])
    func timeoutOfNothing(_ timeout: Int) throws {
        try container { c throws in
            c.config["hooks"]["createRuntime"] = [["path": "/bin/true", "timeout": .integer(timeout)]]
            try c.isRefused()
        }
    }

    @Test("config.md#posix-platform-hooks: a hook is ended after its timeout, which is a failure")
    func timeout() throws {
        try container { c throws in
            var slow = hook("exec sleep 60")
            slow["timeout"] = 1
            c.config["hooks"]["createRuntime"] = [slow]
            let begin = monotonicNanoseconds()
            try c.isRefused()
            #expect(monotonicNanoseconds() - begin < (isSlow ? 30_000_000_000 : 10_000_000_000))
        }
    }

    @Test("runtime.md#lifecycle: one of these that fails is an error, and the container goes", arguments: ["prestart", "createRuntime", "createContainer"])
    func failsAtCreate(_ name: String) throws {
        try container { c throws in
            c.config["hooks"][name] = [hook("exit 7"), hook("touch \(c.scratch)/second")]
            try c.writeConfig()
            try c.refused("create", "--bundle", c.bundle, c.id)
            try c.refused("state", c.id)
            #expect(c.leftovers() == [])
            #expect(c.text("second") == nil)
        }
    }

    @Test("runtime.md#lifecycle: startContainer that fails is an error of start, and the program does not run")
    func startContainerFails() throws {
        try container { c throws in
            c.config["hooks"]["startContainer"] = [hook("exit 7")]
            c.config["process"]["args"] = ["touch", "/ran"]
            try c.create()
            try c.refused("start", c.id)
            #expect(c.text("bundle/rootfs/ran") == nil)
            #expect(try eventually { try ["stopped", nil].contains(c.status()) })
        }
    }

    @Test("runtime.md#lifecycle: poststart that fails is an error of start, and the container is stopped")
    func poststartFails() throws {
        try container { c throws in
            c.config["hooks"]["poststart"] = [hook("exit 7")]
            c.config["process"]["args"] = ["sleep", "1000"]
            try c.create()
            try c.refused("start", c.id)
            #expect(try eventually { try ["stopped", nil].contains(c.status()) })
        }
    }

    @Test("runtime.md#lifecycle: poststop that fails is a warning; the others run, and delete succeeds")
    func poststopFails() throws {
        try container { c throws in
            c.config["hooks"]["poststop"] = [hook("exit 7"), hook("touch \(c.scratch)/second")]
            try c.launch("true")
            #expect(try eventually { try c.status() == "stopped" })
            try c.must("delete", c.id)
            #expect(c.text("second") != nil)
            try c.refused("state", c.id)
        }
    }

    @Test("runtime.md#lifecycle: poststop runs after the failure of a createRuntime hook too")
    func poststopAfterFailure() throws {
        try container { c throws in
            c.config["hooks"]["createRuntime"] = [hook("exit 7")]
            c.config["hooks"]["poststop"] = [hook("touch \(c.scratch)/poststop")]
            try c.isRefused()
            #expect(c.text("poststop") != nil)
        }
    }

    @Test("config.md#posix-platform-hooks: these run in the namespaces of the runtime", arguments: ["prestart", "createRuntime", "poststart", "poststop"])
    func namespacesOfTheRuntime(_ name: String) throws {
        try container { c throws in
            c.config["hooks"][name] = [hook("readlink /proc/self/ns/mnt /proc/self/ns/uts > \(c.scratch)/seen")]
            #expect(try c.run().code == 0)
            #expect(try c.text("seen") == "\(readLink("/proc/self/ns/mnt"))\n\(readLink("/proc/self/ns/uts"))")
        }
    }

    @Test("config.md#posix-platform-hooks: createContainer runs in the container's namespaces, before its root is entered")
    func createContainer() throws {
        try container { c throws in
            let seen = try c.file("seen", "")
            c.config["hooks"]["createContainer"] = [
                hook("{ readlink /proc/self/ns/uts; readlink /proc/self/ns/mnt; ls -d \(c.rootfs)/proc/self/ns; } > \(seen) 2>&1")
            ]
            try c.create()
            let namespaces = try c.namespace("uts") + "\n" + c.namespace("mnt")
            #expect(c.text("seen") == "\(namespaces)\n\(c.rootfs)/proc/self/ns")
        }
    }

    @Test("config.md#posix-platform-hooks: startContainer runs in the container, its path taken there")
    func startContainer() throws {
        try container { c throws in
            c.config["hostname"] = "inside"
            try c.file("bundle/rootfs/hook", "#!/bin/sh\n{ hostname; pwd; ls -d /bin/busybox; } > /seen\n", mode: 0o755)
            c.config["hooks"]["startContainer"] = [["path": "/hook", "env": ["PATH=/bin"]]]
            try c.launch()
            #expect(eventually { c.text("bundle/rootfs/seen") == "inside\n/\n/bin/busybox" })
        }
    }

    @Test("config.md#posix-platform-hooks: at createRuntime the namespaces are there: the container's network can be set up by its pid")
    func networkAtCreateRuntime() throws {
        try container { c throws in
            let script = "pid=$(sed 's/.*\"pid\": *\\([0-9]*\\).*/\\1/'); nsenter -t $pid -n ip link set lo up"
            c.config["hooks"]["createRuntime"] = [hook(script)]
            #expect(try c.sh("ip link show lo").contains("LOWER_UP"))
        }
    }

    private func lines(_ c: Container) -> [String] { (c.text("log") ?? "").split(separator: "\n").map(String.init) }
}
