import Glibc
import LinuxSystem
import Testing

/// config-linux.md, `resources`, on cgroup v1.
@Suite("Resources, cgroup v1") struct ResourceTests {
    /// Runs a container with these resources and compares files of its cgroups.
    private func expect(_ resources: JSON, _ expected: [(controller: String, file: String, value: String)]) throws {
        try container { c throws in
            c.config["linux"]["resources"] = resources
            try c.launch()
            for (controller, file, value) in expected {
                let found = try c.limit(file, controller)
                #expect(found == value, "\(file)")
            }
        }
    }

    @Test("config-linux.md#memory: limit, reservation and swappiness", .requires(.v1("memory")))
    func memory() throws {
        try expect(
            ["memory": ["limit": 67_108_864, "reservation": 33_554_432, "swappiness": 20]],
            [
                ("memory", "memory.limit_in_bytes", "67108864"), ("memory", "memory.soft_limit_in_bytes", "33554432"),
                ("memory", "memory.swappiness", "20"),
            ])
    }

    @Test(
        "config-linux.md#memory: swap is memory and swap together",
        .requires(.file("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes", "the kernel does not account swap")))
    func swap() throws {
        try expect(
            ["memory": ["limit": 67_108_864, "swap": 134_217_728]],
            [("memory", "memory.limit_in_bytes", "67108864"), ("memory", "memory.memsw.limit_in_bytes", "134217728")])
    }

    @Test("config-linux.md#memory: disableOOMKiller", .requires(.v1("memory")))
    func oomKiller() throws {
        try container { c throws in
            c.config["linux"]["resources"] = ["memory": ["limit": 67_108_864, "disableOOMKiller": true]]
            try c.launch()
            #expect(try c.limit("memory.oom_control", "memory").contains("oom_kill_disable 1"))
        }
    }

    @Test("config-linux.md#memory: a program that takes more is killed", .requires(.v1("memory")))
    func memoryInForce() throws {
        try container { c throws in
            c.config["linux"]["resources"] = ["memory": ["limit": 16_777_216]]
            c.config["process"]["args"] = ["dd", "if=/dev/zero", "of=/dev/null", "bs=128M", "count=1"]
            #expect(try c.run().code == 137)
        }
    }

    @Test("config-linux.md#cpu: shares, quota and period", .requires(.v1("cpu")))
    func processor() throws {
        try expect(
            ["cpu": ["shares": 512, "quota": 25000, "period": 50000]],
            [("cpu", "cpu.shares", "512"), ("cpu", "cpu.cfs_quota_us", "25000"), ("cpu", "cpu.cfs_period_us", "50000")])
    }

    @Test("config-linux.md#cpu: burst and idle", .requires(.v1("cpu")))
    func burst() throws {
        try expect(
            ["cpu": ["quota": 25000, "period": 50000, "burst": 10000]], [("cpu", "cpu.cfs_burst_us", "10000"), ("cpu", "cpu.cfs_quota_us", "25000")])
        try expect(["cpu": ["idle": 1]], [("cpu", "cpu.idle", "1")])
    }

    @Test("config-linux.md#cpu: cpus and mems", .requires(.v1("cpuset")))
    func processors() throws {
        try expect(["cpu": ["cpus": "0", "mems": "0"]], [("cpuset", "cpuset.cpus", "0"), ("cpuset", "cpuset.mems", "0")])
    }

    @Test("config-linux.md#cpu: a processor that there is not is an error", .requires(.v1("cpuset")))
    func noProcessor() throws {
        try container { c throws in
            c.config["linux"]["resources"] = ["cpu": ["cpus": "9999"]]
            try c.isRefused()
            #expect(c.leftovers() == [])
        }
    }

    @Test("config-linux.md#pids: the limit, -1 being none", .requires(.v1("pids")), arguments: [(77, "77"), (-1, "max")])
    func processes(_ limit: Int, _ expected: String) throws { try expect(["pids": ["limit": .integer(limit)]], [("pids", "pids.max", expected)]) }

    @Test("config-linux.md#pids: a program cannot start more", .requires(.v1("pids")))
    func processesInForce() throws {
        try container { c throws in
            c.config["linux"]["resources"] = ["pids": ["limit": 4]]
            c.config["process"]["args"] = ["sh", "-c", "for i in 1 2 3 4 5 6; do sleep 100 & done; true"]
            #expect(try c.run().errorOutput.contains("can't fork"))
        }
    }

    @Test("config-linux.md#block-io: throttling of a device", .requires(.file("/dev/loop0")))
    func throttle() throws {
        try container { c throws in
            guard Requirement.v1("blkio").holds else { return try throttleV2(c) }
            let device: [(String, JSON)] = [("major", 7), ("minor", 0)]
            let entry = { (rate: Int) -> JSON in .array([.object(Dictionary(uniqueKeysWithValues: device + [("rate", .integer(rate))]))]) }
            c.config["linux"]["resources"] = [
                "blockIO": [
                    "throttleReadBpsDevice": entry(1_048_576), "throttleWriteBpsDevice": entry(2_097_152), "throttleReadIOPSDevice": entry(100),
                    "throttleWriteIOPSDevice": entry(200),
                ]
            ]
            try c.launch()
            for (file, value) in [("read_bps", 1_048_576), ("write_bps", 2_097_152), ("read_iops", 100), ("write_iops", 200)] {
                #expect(try c.limit("blkio.throttle.\(file)_device", "blkio") == "7:0 \(value)")
            }
        }
    }

    private func throttleV2(_ c: Container) throws {
        c.config["linux"]["resources"] = ["blockIO": ["throttleReadBpsDevice": [["major": 7, "minor": 0, "rate": 1_048_576]]]]
        try c.launch()
        #expect(try c.limit("io.max").contains("7:0 rbps=1048576"))
    }

    @Test("config-linux.md#allowed-device-list: the list of v1 is as the rules say", .requires(.v1("devices")))
    func devices() throws {
        try container { c throws in
            c.config["linux"]["resources"] = [
                "devices": [["allow": false, "access": "rwm"], ["allow": true, "type": "c", "major": 10, "minor": 229, "access": "rw"]]
            ]
            try c.launch()
            let list = try c.limit("devices.list", "devices").split(separator: "\n")
            #expect(list.contains("c 10:229 rw") && !list.contains("a *:* rwm"), "\(list)")
        }
    }

    @Test(
        "config-linux.md#network: where the kernel has no such controller it is an error",
        .requires(Requirement(holds: !fileExists("/sys/fs/cgroup/net_cls"), reason: "net_cls is here")))
    func network() throws {
        try container { c throws in
            c.config["linux"]["resources"] = ["network": ["classID": 1_048_577, "priorities": [["name": "lo", "priority": 500]]]]
            try c.isRefused()
        }
    }
}

/// runc's `update`, on cgroup v1.
@Suite("Update, cgroup v1") struct UpdateTests {
    @Test(
        "runc update: each flag writes its file and no other", .requires(.v1("memory")),
        arguments: [
            ("--memory", "33554432", "memory", "memory.limit_in_bytes", "33554432"), ("--memory", "32M", "memory", "memory.limit_in_bytes", "33554432"),
            ("--memory-reservation", "16777216", "memory", "memory.soft_limit_in_bytes", "16777216"), ("--cpu-share", "256", "cpu", "cpu.shares", "256"),
            ("--cpu-quota", "30000", "cpu", "cpu.cfs_quota_us", "30000"), ("--cpu-period", "50000", "cpu", "cpu.cfs_period_us", "50000"),
            ("--cpuset-cpus", "0", "cpuset", "cpuset.cpus", "0"), ("--cpuset-mems", "0", "cpuset", "cpuset.mems", "0"),
            ("--pids-limit", "20", "pids", "pids.max", "20"),
        ])
    func flag(_ flag: String, _ value: String, _ controller: String, _ file: String, _ expected: String) throws {
        try container { c throws in
            c.config["linux"]["resources"] = [
                "memory": ["limit": 67_108_864, "reservation": 33_554_432], "cpu": ["shares": 512, "period": 100_000, "quota": 50000], "pids": ["limit": 77],
            ]
            try c.launch()
            try c.must("update", flag, value, c.id)
            let files = [
                ("memory", "memory.limit_in_bytes", "67108864"), ("memory", "memory.soft_limit_in_bytes", "33554432"), ("cpu", "cpu.shares", "512"),
                ("cpu", "cpu.cfs_quota_us", "50000"), ("cpu", "cpu.cfs_period_us", "100000"), ("pids", "pids.max", "77"),
            ]
            for (other, name, before) in files where name != file {
                let found = try c.limit(name, other)
                #expect(found == before, "\(name)")
            }
            let found = try c.limit(file, controller)
            #expect(found == expected)
        }
    }

    private let resources: JSON = ["memory": ["limit": 33_554_432], "cpu": ["shares": 256, "quota": 30000, "period": 60000], "pids": ["limit": 20]]

    private func expectResources(_ c: Container) throws {
        for (controller, file, value) in [
            ("memory", "memory.limit_in_bytes", "33554432"), ("cpu", "cpu.shares", "256"), ("cpu", "cpu.cfs_quota_us", "30000"),
            ("cpu", "cpu.cfs_period_us", "60000"), ("pids", "pids.max", "20"),
        ] {
            let found = try c.limit(file, controller)
            #expect(found == value, "\(file)")
        }
    }

    @Test("runc update: --resources - reads them from stdin", .requires(.v1("memory")), arguments: ["--resources", "-r"])
    func fromStdin(_ flag: String) throws {
        try container { c throws in
            try c.launch()
            try c.must("update", flag, "-", c.id, input: resources.text)
            try expectResources(c)
        }
    }

    @Test("runc update: --resources FILE", .requires(.v1("memory")))
    func fromFile() throws {
        try container { c throws in
            try c.launch()
            try c.must("update", "--resources", c.file("resources.json", resources.text), c.id)
            try expectResources(c)
        }
    }

    @Test(
        "runc update: --memory-swap, and -1 for none", .requires(.file("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes", "the kernel does not account swap"))
    )
    func swap() throws {
        try container { c throws in
            c.config["linux"]["resources"] = ["memory": ["limit": 67_108_864]]
            try c.launch()
            try c.must("update", "--memory", "33554432", "--memory-swap", "50331648", c.id)
            #expect(try c.limit("memory.memsw.limit_in_bytes", "memory") == "50331648")
            try c.must("update", "--memory-swap", "-1", c.id)
            #expect(try c.limit("memory.memsw.limit_in_bytes", "memory") == "9223372036854771712")
        }
    }

    @Test("runc update: flags may stand after the id, and -1 takes a limit away", .requires(.v1("pids")))
    func unlimited() throws {
        try container { c throws in
            c.config["linux"]["resources"] = ["pids": ["limit": 77], "cpu": ["quota": 50000, "period": 100_000]]
            try c.launch()
            try c.must("update", c.id, "--pids-limit", "-1", "--cpu-quota", "-1")
            #expect(try c.limit("pids.max", "pids") == "max")
            #expect(try c.limit("cpu.cfs_quota_us", "cpu") == "-1")
        }
    }

    @Test(
        "runc update: a memory limit above the old one of swap, with a new one",
        .requires(.file("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes", "the kernel does not account swap")))
    func raiseSwap() throws {
        try container { c throws in
            c.config["linux"]["resources"] = ["memory": ["limit": 33_554_432, "swap": 50_331_648]]
            try c.launch()
            try c.must("update", "--memory", "67108864", "--memory-swap", "83886080", c.id)
            #expect(try c.limit("memory.limit_in_bytes", "memory") == "67108864")
            #expect(try c.limit("memory.memsw.limit_in_bytes", "memory") == "83886080")
        }
    }

    @Test("runc update: of a created container too", .requires(.v1("pids")))
    func created() throws {
        try container { c throws in
            try c.create()
            try c.must("update", "--pids-limit", "20", c.id)
            #expect(try c.limit("pids.max", "pids") == "20")
        }
    }

    @Test("runc update: of an unknown or a stopped container it is an error")
    func notRunning() throws {
        try container { c throws in
            try c.refused("update", "--pids-limit", "20", c.id)
            try c.launch("true")
            #expect(try eventually { try c.status() == "stopped" })
            try c.refused("update", "--pids-limit", "20", c.id)
        }
    }

    @Test("runc update: a value that is no number, and a file that is not JSON, are errors")
    func badValue() throws {
        try container { c throws in
            try c.launch()
            try c.refused("update", "--pids-limit", "many", c.id)
            try c.refused("update", "--memory", "lots", c.id)
            try c.refused("update", "--resources", c.file("resources.json", "{"), c.id)
        }
    }
}
