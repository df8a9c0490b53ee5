import Glibc
import LinuxSystem
import Testing

/// config-linux.md, `cgroupsPath`.
@Suite("Cgroups") struct CgroupTests {
    /// A hierarchy that is here: pids on v1, or the unified one.
    private var hierarchy: String? { Requirement.v1("pids").holds ? "pids" : nil }
    private var top: String { hierarchy.map { "/sys/fs/cgroup/\($0)" } ?? "/sys/fs/cgroup" }

    /// What makes a runtime use that hierarchy: it need not use one of which nothing is asked.
    private let limit: JSON = ["pids": ["limit": 77]]

    @Test("config-linux.md#cgroups-path: an absolute path is taken from the hierarchy's top")
    func absolute() throws {
        try container { c throws in
            c.config["linux"]["resources"] = limit
            c.config["linux"]["cgroupsPath"] = "/\(c.id)"
            try c.launch()
            #expect(try c.cgroup(hierarchy) == "\(top)/\(c.id)")
        }
    }

    @Test("config-linux.md#cgroups-path: a relative path is taken from a place of the runtime's, the same each time")
    func relative() throws {
        try container { c throws in
            c.config["linux"]["resources"] = limit
            c.config["linux"]["cgroupsPath"] = .string(c.id)
            try c.launch()
            let place = try c.cgroup(hierarchy)
            #expect(place.hasSuffix("/\(c.id)"))
            try c.must("delete", "--force", c.id)
            try c.launch()
            #expect(try c.cgroup(hierarchy) == place)
        }
    }

    @Test("config-linux.md#cgroups-path: without it the container has a cgroup of its own")
    func absent() throws {
        try container { c throws in
            c.config["linux"]["resources"] = limit
            try c.launch()
            #expect(try readText("\(c.cgroup(hierarchy))/cgroup.procs").split(separator: "\n").contains("\(c.pid())"))
            #expect(try readText("/proc/self/cgroup") != readText("/proc/\(c.pid())/cgroup"))
        }
    }

    @Test("runtime.md#create: at create the process is in its cgroup already")
    func atCreate() throws {
        try container { c throws in
            c.config["linux"]["resources"] = limit
            c.config["linux"]["cgroupsPath"] = "/\(c.id)"
            try c.create()
            #expect(try readText("\(top)/\(c.id)/cgroup.procs").split(separator: "\n").contains("\(c.pid())"))
        }
    }

    @Test("runtime.md#delete: the cgroup is removed, with those that the container made below it")
    func isRemoved() throws {
        try container { c throws in
            c.config["linux"]["resources"] = limit
            c.config["linux"]["cgroupsPath"] = "/\(c.id)"
            try c.launch()
            try makeDirectories("\(top)/\(c.id)/a/b")
            try c.must("delete", "--force", c.id)
            #expect(!fileExists("\(top)/\(c.id)"))
        }
    }

    @Test("config-linux.md#cgroups-path: no way leads out of the hierarchy")
    func noWayOut() throws {
        try container { c throws in
            c.config["linux"]["resources"] = limit
            c.config["linux"]["cgroupsPath"] = "/../../../../\(c.id)"
            let outcome = try c.run("--detach")
            if outcome.code == 0 {
                #expect(!fileExists("/\(c.id)") && !fileExists("/sys/fs/\(c.id)") && !fileExists("/sys/fs/cgroup/\(c.id)") || hierarchy == nil)
            }
        }
    }

    @Test("config-linux.md#namespaces: with a cgroup namespace the container's cgroup is the top of what it sees")
    func namespace() throws {
        try container { c throws in
            c.config["linux"]["resources"] = limit
            c.config["linux"]["namespaces"].append(["type": "cgroup"])
            let line = hierarchy.map { ":\($0):/" } ?? "0::/"
            #expect(try c.sh("cat /proc/self/cgroup").split(separator: "\n").contains { $0.hasSuffix(line) })
        }
    }

    @Test("runc run: a cgroup mount without a cgroup namespace shows the container's cgroup and not those above", .requires(.v1("pids")))
    func mountWithoutNamespace() throws {
        try container { c throws in
            c.config["linux"]["resources"] = limit
            c.config["mounts"].append(["destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["nosuid", "noexec", "nodev", "ro"]])
            try c.sh("cat /sys/fs/cgroup/pids/cgroup.procs | grep -x 1; test -e /sys/fs/cgroup/pids/release_agent || echo own", prints: "1\nown")
        }
    }
}

/// config-linux.md, `devices` of `resources`: what the cgroup lets the container use.
@Suite("Device rules") struct DeviceRuleTests {
    private static let all: JSON = ["allow": false, "access": "rwm"]

    /// Opens nodes of FUSE (10:229) and of the loop control (10:237), made by the host, in a container with these rules; says what is not forbidden.
    private func expect(_ rules: JSON, _ expected: String, at location: SourceLocation = #_sourceLocation) throws {
        try container { c throws in
            c.config["linux"]["resources"]["devices"] = rules
            try c.launch()
            for (name, minor) in [("fuse", "229"), ("loop", "237")] { try host("mknod", "-m", "666", "\(c.rootfs)/tmp/\(name)", "c", "10", minor) }
            // Where the kernel has no such device open fails too, in other words.
            try c.file("bundle/rootfs/may", "eval \"(: $1 /tmp/$2)\" 2>&1 | grep -q 'not permitted' || echo $3\n")
            let printed = try c.exec(c.id, "sh", "-c", "sh /may '<' fuse read; sh /may '>' fuse write; sh /may '<' loop other").output
            #expect(printed == expected, sourceLocation: location)
        }
    }

    private func fuse(_ allow: Bool, _ access: String) -> JSON { ["allow": .bool(allow), "type": "c", "major": 10, "minor": 229, "access": .string(access)] }

    @Test("config-linux.md#allowed-device-list: what is denied cannot be opened; what is allowed after it can, in these ways only")
    func rules() throws { try expect([Self.all, fuse(true, "r")], "read\n") }

    @Test("config-linux.md#allowed-device-list: the order counts: a denial after an allowance holds")
    func order() throws { try expect([Self.all, fuse(true, "rw"), fuse(false, "w")], "read\n") }

    @Test("config-linux.md#allowed-device-list: without rules for it a device cannot be used")
    func noRules() throws { try expect([Self.all], "") }

    @Test("config-linux.md#allowed-device-list: a rule without a minor number holds for all of them")
    func wildcard() throws { try expect([Self.all, ["allow": true, "type": "c", "major": 10, "access": "rw"]], "read\nwrite\nother\n") }

    @Test("config-linux.md#allowed-device-list: the default devices can be used whatever is denied")
    func defaults() throws {
        try container { c throws in
            c.config["linux"]["resources"] = ["devices": [Self.all]]
            try c.sh("echo x > /dev/null; head -c 2 /dev/zero | wc -c; head -c 2 /dev/urandom | wc -c", prints: "2\n2")
        }
    }
}
