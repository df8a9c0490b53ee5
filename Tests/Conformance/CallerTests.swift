import Glibc
import LinuxSystem
import Testing

/// What the caller's surroundings have to do with a container: sockets, limits, the service manager.
@Suite("The caller") struct CallerTests {
    @Test("runc create: a relative --console-socket starts at the bundle")
    func relativeConsole() throws {
        try container { c throws in
            c.config["process"]["terminal"] = true
            c.config["process"]["args"] = ["sh", "-c", "echo here"]
            let socket = try Socket("\(c.bundle)/console")
            try c.create("--console-socket", "console")
            try c.start()
            #expect(try socket.console(until: "here").contains("here"))
        }
    }

    @Test("runc create: an rlimit that cannot be had fails the creation")
    func rlimitAtCreate() throws {
        try container { c throws in
            // Above fs.nr_open nobody may go.
            c.config["process"]["rlimits"] = [["type": "RLIMIT_NOFILE", "soft": 99_999_999_999, "hard": 99_999_999_999]]
            try c.writeConfig()
            #expect(try c.refused("create", "--bundle", c.bundle, c.id).errorOutput.contains("operation not permitted"))
            try c.refused("state", c.id)
        }
    }

    @Test("config.md#mounts: a bind mount's source may be what an earlier mount shows in the root filesystem", arguments: ["bind", "rbind"])
    func sourceOfAnEarlierMount(_ option: String) throws {
        try container { c throws in
            try c.file("source/one", "first")
            try c.file("source/below/two", "second")
            c.config["mounts"].append(["destination": "/mnt/a", "type": "bind", "source": .string("\(c.scratch)/source"), "options": ["bind"]])
            c.config["mounts"].append(["destination": "/mnt/b", "type": "bind", "source": .string("\(c.rootfs)/mnt/a"), "options": [.string(option), "ro"]])
            c.config["mounts"].append(["destination": "/mnt/c", "type": "bind", "source": "rootfs/mnt/b/below", "options": [.string(option)]])
            try c.sh("cat /mnt/b/one /mnt/c/two; (echo x >/mnt/b/new) 2>/dev/null || echo no; echo x >/mnt/a/new", prints: "firstsecondno")
            #expect(try readText("\(c.scratch)/source/new") == "x")
        }
    }

    @Test("runc run: what the kernel says of a program that is there stands alone in a line")
    func interpreter() throws {
        try container { c throws in
            try c.file("bundle/rootfs/script", "#!/nowhere/at/all\n", mode: 0o755)
            c.config["process"]["args"] = ["/script"]
            let outcome = try c.run()
            #expect(outcome.code != 0 && outcome.errorOutput == "exec /script: no such file or directory\n", "\(outcome)")
            c.config["process"]["args"] = ["/none"]
            let missing = try c.run()
            #expect(missing.code != 0 && missing.errorOutput.contains("level=error") && missing.errorOutput.contains("no such file"), "\(missing)")
        }
    }

    @Test("runc start: with NOTIFY_SOCKET it waits until the program is ready, and tells the service manager", arguments: ["run --detach", "start"])
    func notification(_ command: String) throws {
        try container { c throws in
            let manager = try systemCall("cannot make a socket") { socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | O_CLOEXEC, 0) }
            defer { close(manager) }
            var address = socketAddress("\(c.scratch)/manager")
            try systemCall("cannot bind") { unsafe withAddress(&address) { pointer, size in unsafe bind(manager, pointer, size) } }
            let environment = ["NOTIFY_SOCKET": "\(c.scratch)/manager"]
            c.config["process"]["args"] = ["sh", "-c", "test -S $NOTIFY_SOCKET && echo $NOTIFY_SOCKET >/seen; sleep 1000"]
            try c.writeConfig()
            if command == "start" {
                #expect(try c.call(["create", "--bundle", c.bundle, c.id], environment: environment).code == 0)
            }
            let words = command == "start" ? ["start", c.id] : ["run", "--detach", "--bundle", c.bundle, c.id]
            let waiting = try c.begin(words, environment: environment)
            #expect(eventually { fileExists("\(c.rootfs)/seen") })
            #expect(try readText("\(c.rootfs)/seen") == "/run/notify/notify.sock")
            usleep(100_000)
            #expect(waitpid(waiting.pid, nil, WNOHANG) == 0)
            // The container can be looked at meanwhile.
            #expect(try c.status() == "running")
            var program = socketAddress("\(c.root)/\(c.id)/notify/notify.sock")
            let message = Array("READY=1\nSTATUS=well\n".utf8)
            try systemCall("cannot say that it is ready") {
                Int32(unsafe withAddress(&program) { pointer, size in Int32(unsafe sendto(manager, message, message.count, 0, pointer, size)) })
            }
            #expect(try waiting.wait().code == 0)
            var heard = [String]()
            for _ in 0..<2 {
                var bytes = [UInt8](repeating: 0, count: 100)
                let count = unsafe recv(manager, &bytes, bytes.count, Int32(MSG_DONTWAIT))
                heard.append(String(decoding: bytes.prefix(max(0, count)), as: UTF8.self))
            }
            #expect(try heard == ["READY=1\n", "MAINPID=\(c.pid())\n"])
        }
    }
}
