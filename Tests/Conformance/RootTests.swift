import Glibc
import LinuxSystem
import Testing

/// config.md, `root`, `hostname` and `domainname`; config-linux.md, `rootfsPropagation`.
@Suite("Root and names") struct RootTests {
    @Test("config.md#root: path is taken from the bundle where it is relative", arguments: ["rootfs", "./rootfs", "../bundle/rootfs"])
    func relative(_ path: String) throws {
        try container { c throws in
            c.config["root"]["path"] = .string(path)
            try c.sh("echo here", prints: "here")
        }
    }

    @Test("config.md#root: path may be absolute")
    func absolute() throws {
        try container { c throws in
            c.config["root"]["path"] = .string(c.rootfs)
            try c.sh("echo here", prints: "here")
        }
    }

    @Test("config.md#root: a directory that is not there is an error")
    func missing() throws {
        try container { c throws in
            c.config["root"]["path"] = "nowhere"
            try c.isRefused()
        }
    }

    @Test("config.md#root: a path that is no directory is an error")
    func noDirectory() throws {
        try container { c throws in
            try c.file("bundle/plain", "")
            c.config["root"]["path"] = "plain"
            try c.isRefused()
        }
    }

    @Test("config.md#root: without root it is an error")
    func absent() throws {
        try container { c throws in
            c.config["root"] = nil
            try c.isRefused()
        }
    }

    @Test("config.md#root: with readonly the root file system cannot be written, mounts apart")
    func readOnly() throws {
        try container { c throws in
            c.config["root"]["readonly"] = true
            #expect(try c.sh("touch /x 2>&1 || touch /etc/x 2>&1; touch /dev/x && echo dev").contains("Read-only file system\ndev"))
        }
    }

    @Test("config.md#root: without readonly it can be written")
    func writable() throws {
        try container { c throws in
            try c.sh("echo written > /x")
            #expect(c.text("bundle/rootfs/x") == "written")
        }
    }

    @Test("config.md#root: nothing above the root file system can be reached")
    func nothingAbove() throws {
        try container { c throws in
            try c.file("bundle/above", "secret\n")
            try c.sh("cd /..; ls /../.. | sort | head -n 3; cat /../above 2>/dev/null || true", prints: "bin\ndev\netc")
        }
    }

    @Test("runc run: --no-pivot gives the same root")
    func noPivot() throws {
        try container { c throws in
            c.config["process"]["args"] = ["sh", "-c", "ls / | head -n 2"]
            #expect(try c.run("--no-pivot").output == "bin\ndev\n")
        }
    }

    @Test("config-linux.md#rootfs-mount-propagation: private and slave", arguments: [("slave", "master:"), ("private", "")])
    func propagation(_ name: String, _ expected: String) throws { try expectPropagation(name, expected) }

    @Test("config-linux.md#rootfs-mount-propagation: shared")
    func shared() throws { try expectPropagation("shared", "shared:") }

    @Test("config-linux.md#rootfs-mount-propagation: unbindable")
    func unbindable() throws { try expectPropagation("unbindable", "unbindable") }

    private func expectPropagation(_ name: String, _ expected: String, at location: SourceLocation = #_sourceLocation) throws {
        try container { c throws in
            c.config["linux"]["rootfsPropagation"] = .string(name)
            c.config["process"]["args"] = ["sh", "-c", "grep -E '^[0-9]+ [0-9]+ [0-9:]+ [^ ]+ / ' /proc/self/mountinfo"]
            try c.writeConfig()
            let inner = ["sh", "-c", "mount --make-rshared / && exec \"$@\"", "sh", Runtime.path, "--root", c.root, "run", "--bundle", c.bundle, c.id]
            let outcome = try Program(["unshare", "-m"] + inner).wait()
            let tags = Conformance.propagation(outcome.output.split(separator: "\n").last ?? "")
            #expect(outcome.code == 0 && (expected == "" ? tags == "" : tags.contains(expected)), "\(outcome)", sourceLocation: location)
        }
    }

    @Test("config-linux.md#rootfs-mount-propagation: a value that there is not is an error")
    func unknownPropagation() throws {
        try container { c throws in
            c.config["linux"]["rootfsPropagation"] = "sideways"
            try c.isRefused()
        }
    }

    @Test("config.md#hostname: it is the container's host name, and not the host's")
    func hostname() throws {
        try container { c throws in
            let before = try readText("/proc/sys/kernel/hostname")
            c.config["hostname"] = "spec"
            try c.sh("hostname", prints: "spec")
            #expect(try readText("/proc/sys/kernel/hostname") == before)
        }
    }

    @Test("config.md#domainname: it is the container's domain name, and not the host's")
    func domainname() throws {
        try container { c throws in
            let before = try readText("/proc/sys/kernel/domainname")
            c.config["domainname"] = "spec.example"
            try c.sh("cat /proc/sys/kernel/domainname", prints: "spec.example")
            #expect(try readText("/proc/sys/kernel/domainname") == before)
        }
    }

    @Test("runc run: a hostname without a new uts namespace is an error")
    func hostnameOfTheHost() throws {
        try container { c throws in
            c.config["linux"]["namespaces"] = [["type": "pid"], ["type": "mount"]]
            c.config["hostname"] = .string(try readText("/proc/sys/kernel/hostname"))
            try c.isRefused()
        }
    }
}
