import Glibc
import LinuxSystem
import Testing

/// config-linux.md, `namespaces`, `timeOffsets`, `uidMappings` and `gidMappings`.
@Suite("Namespaces") struct NamespaceTests {
    static let links = ["pid": "pid", "network": "net", "mount": "mnt", "ipc": "ipc", "uts": "uts", "user": "user", "cgroup": "cgroup", "time": "time"]

    private func mapUsers(_ c: Container) throws {
        c.config["linux"]["namespaces"].append(["type": "user"])
        c.config["linux"]["uidMappings"] = [["containerID": 0, "hostID": 100_000, "size": 65536]]
        c.config["linux"]["gidMappings"] = [["containerID": 0, "hostID": 200_000, "size": 65536]]
        try host("chown", "-hR", "100000:200000", c.rootfs)
        try host("chmod", "755", c.scratch, c.bundle)
    }

    @Test("config-linux.md#namespaces: a type without a path is a new namespace", arguments: ["pid", "network", "mount", "ipc", "uts", "cgroup"])
    func new(_ type: String) throws {
        try container { c throws in
            if type == "cgroup" { c.config["linux"]["namespaces"].append(["type": .string(type)]) }
            try c.launch()
            #expect(try c.namespace(Self.links[type] ?? "") != readLink("/proc/self/ns/\(Self.links[type] ?? "")"))
        }
    }

    @Test("config-linux.md#namespaces: a new time namespace")
    func newTime() throws {
        try container { c throws in
            c.config["linux"]["namespaces"].append(["type": "time"])
            try c.launch()
            #expect(try c.namespace("time") != readLink("/proc/self/ns/time"))
        }
    }

    @Test("config-linux.md#namespaces: a type that is not listed is the runtime's namespace", arguments: ["pid", "network", "ipc", "uts", "user", "cgroup"])
    func inherited(_ type: String) throws {
        try container { c throws in
            c.config["linux"]["namespaces"] = .array(c.config["linux"]["namespaces"].array.filter { $0["type"].string != type })
            if type == "network" { c.config["mounts"] = .array(c.config["mounts"].array.filter { $0["type"].string != "sysfs" }) }
            try c.launch()
            #expect(try c.namespace(Self.links[type] ?? "") == readLink("/proc/self/ns/\(Self.links[type] ?? "")"))
        }
    }

    @Test("config-linux.md#namespaces: with a path it is that namespace", arguments: ["pid", "network", "ipc", "uts", "cgroup"])
    func joined(_ type: String) throws {
        try container { first throws in
            first.config["linux"]["namespaces"].append(["type": "cgroup"])
            try first.launch()
            let link = Self.links[type] ?? ""
            try container { c throws in
                let others = c.config["linux"]["namespaces"].array.filter { $0["type"].string != type }
                c.config["linux"]["namespaces"] = .array(others + [["type": .string(type), "path": "/proc/\(try first.pid())/ns/\(link)"]])
                try c.launch()
                #expect(try c.namespace(link) == first.namespace(link))
                try c.must("delete", "--force", c.id)
            }
        }
    }

    @Test("config-linux.md#namespaces: a path to a namespace of another type is an error")
    func wrongType() throws {
        try container { c throws in
            c.config["linux"]["namespaces"] = [["type": "mount"], ["type": "pid"], ["type": "ipc", "path": "/proc/self/ns/uts"]]
            try c.isRefused()
        }
    }

    @Test("config-linux.md#namespaces: a path that is no namespace, or not there, is an error", arguments: ["/etc/hostname", "/nowhere"])
    func noNamespace(_ path: String) throws {
        try container { c throws in
            c.config["linux"]["namespaces"] = [["type": "mount"], ["type": "pid"], ["type": "uts", "path": .string(path)]]
            try c.isRefused()
        }
    }

    @Test("config-linux.md#namespaces: a type given twice is an error")
    func twice() throws {
        try container { c throws in
            c.config["linux"]["namespaces"].append(["type": "uts"])
            try c.isRefused()
        }
    }

    @Test("config-linux.md#namespaces: a type that there is not is an error")
    func unknown() throws {
        try container { c throws in
            c.config["linux"]["namespaces"].append(["type": "galaxy"])
            try c.isRefused()
        }
    }

    @Test("config-linux.md#offset-for-time-namespace: the clocks are shifted", .requires(.file("/proc/self/timens_offsets")))
    func timeOffsets() throws {
        try container { c throws in
            c.config["linux"]["namespaces"].append(["type": "time"])
            c.config["linux"]["timeOffsets"] = ["boottime": ["secs": 1_000_000], "monotonic": ["secs": 7, "nanosecs": 500]]
            try c.sh(
                "tr -s ' ' < /proc/self/timens_offsets; test $(cut -d . -f 1 /proc/uptime) -gt 1000000 && echo later",
                prints: "monotonic 7 500\nboottime 1000000 0\nlater")
        }
    }

    @Test("config-linux.md#user-namespace-mappings: the maps are as given, and root is another user outside")
    func mappings() throws {
        try container { c throws in
            try mapUsers(c)
            try c.launch()
            let pid = try c.pid()
            #expect(try c.namespace("user") != readLink("/proc/self/ns/user"))
            #expect(try readText("/proc/\(pid)/uid_map").split(separator: " ") == ["0", "100000", "65536"])
            #expect(try readText("/proc/\(pid)/gid_map").split(separator: " ") == ["0", "200000", "65536"])
            #expect(try readText("/proc/\(pid)/status").contains("Uid:\t100000\t100000\t100000\t100000"))
        }
    }

    @Test("config-linux.md#user-namespace-mappings: several extents")
    func severalMappings() throws {
        try container { c throws in
            try mapUsers(c)
            c.config["linux"]["uidMappings"] = [
                ["containerID": 0, "hostID": 100_000, "size": 10], ["containerID": 10, "hostID": 300_000, "size": 1],
            ]
            c.config["process"]["user"]["uid"] = 10
            try c.launch()
            #expect(try readText("/proc/\(c.pid())/status").contains("Uid:\t300000\t"))
        }
    }

    @Test("config-linux.md#user-namespace-mappings: a container with mapped users has its devices, and a root that it owns")
    func mappedContainer() throws {
        try container { c throws in
            try mapUsers(c)
            try c.sh("id -u; echo x > /dev/null && echo null; touch /new && stat -c %u /new; test -c /dev/tty && echo tty", prints: "0\nnull\n0\ntty")
        }
    }

    @Test("runc run: a user outside the mappings is an error")
    func userOutside() throws {
        try container { c throws in
            try mapUsers(c)
            c.config["process"]["user"]["uid"] = 70000
            try c.isRefused()
        }
    }

    @Test("runc run: a user namespace joined by its path")
    func joinedUser() throws {
        try container { first throws in
            try mapUsers(first)
            try first.launch()
            try container { c throws in
                try host("chown", "-hR", "100000:200000", c.rootfs)
                try host("chmod", "755", c.scratch, c.bundle)
                c.config["linux"]["namespaces"].append(["type": "user", "path": "/proc/\(try first.pid())/ns/user"])
                try c.launch()
                #expect(try c.namespace("user") == first.namespace("user"))
                try c.must("delete", "--force", c.id)
            }
        }
    }
}
