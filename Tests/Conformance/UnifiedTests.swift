import Glibc
import LinuxSystem
import Testing

/// config-linux.md, `resources`, and runc's `update`, on cgroup v2.
@Suite("Resources, cgroup v2") struct UnifiedTests {
    /// Runs a container with these resources and compares files of its cgroup.
    ///
    /// Values apart by a bar are as good as one another: the weight that stands for shares changed with runc 1.3.2.
    private func expect(_ resources: JSON, _ expected: (file: String, value: String)...) throws {
        try container { c throws in
            c.config["linux"]["resources"] = resources
            try c.launch()
            for (file, value) in expected {
                let found = try c.limit(file)
                #expect(value.split(separator: "|").contains(Substring(found)), "\(file)")
            }
        }
    }

    @Test("config-linux.md#memory: limit is memory.max, reservation memory.low", .requires(.v2("memory")))
    func memory() throws {
        try expect(["memory": ["limit": 67_108_864, "reservation": 33_554_432]], ("memory.max", "67108864"), ("memory.low", "33554432"))
    }

    @Test("config-linux.md#memory: swap is memory and swap together: memory.swap.max is the difference", .requires(.v2("memory")))
    func swap() throws { try expect(["memory": ["limit": 67_108_864, "swap": 134_217_728]], ("memory.max", "67108864"), ("memory.swap.max", "67108864")) }

    @Test("config-linux.md#memory: a program that takes more is killed", .requires(.v2("memory")))
    func memoryInForce() throws {
        try container { c throws in
            c.config["linux"]["resources"] = ["memory": ["limit": 16_777_216, "swap": 16_777_216]]
            c.config["process"]["args"] = ["dd", "if=/dev/zero", "of=/dev/null", "bs=128M", "count=1"]
            #expect(try c.run().code == 137)
        }
    }

    @Test("config-linux.md#cpu: shares become cpu.weight, quota and period cpu.max", .requires(.v2("cpu")))
    func processor() throws { try expect(["cpu": ["shares": 1024, "quota": 25000, "period": 50000]], ("cpu.weight", "39|100"), ("cpu.max", "25000 50000")) }

    @Test("config-linux.md#cpu: quota alone has the usual period, period alone no quota", .requires(.v2("cpu")))
    func quotaAlone() throws {
        try expect(["cpu": ["quota": 25000]], ("cpu.max", "25000 100000"))
        try expect(["cpu": ["period": 50000]], ("cpu.max", "max 50000"))
    }

    @Test("config-linux.md#cpu: burst and idle", .requires(.v2("cpu")))
    func burst() throws {
        try expect(["cpu": ["quota": 25000, "period": 50000, "burst": 10000]], ("cpu.max.burst", "10000"))
        try expect(["cpu": ["idle": 1]], ("cpu.idle", "1"))
    }

    @Test("config-linux.md#cpu: cpus and mems", .requires(.v2("cpuset")))
    func processors() throws { try expect(["cpu": ["cpus": "0", "mems": "0"]], ("cpuset.cpus", "0"), ("cpuset.mems", "0")) }

    @Test("config-linux.md#pids: limit is pids.max, -1 being none", .requires(.v2("pids")))
    func processes() throws {
        try expect(["pids": ["limit": 77]], ("pids.max", "77"))
        try expect(["pids": ["limit": -1]], ("pids.max", "max"))
    }

    @Test("config-linux.md#huge-page-limits: limit is hugetlb.SIZE.max", .requires(.v2("hugetlb")))
    func hugePages() throws { try expect(["hugepageLimits": [["pageSize": "2MB", "limit": 4_194_304]]], ("hugetlb.2MB.max", "4194304")) }

    @Test("config-linux.md#huge-page-limits: a size that there is not is an error", .requires(.v2("hugetlb")))
    func unknownPageSize() throws {
        try container { c throws in
            c.config["linux"]["resources"] = ["hugepageLimits": [["pageSize": "3MB", "limit": 4_194_304]]]
            try c.isRefused()
        }
    }

    @Test("config-linux.md#block-io: throttling becomes io.max", .requires(.v2("io")))
    func throttle() throws {
        try container { c throws in
            let device = try readText("/sys/block/vda/dev").split(separator: ":").map { Int($0) ?? 0 }
            let entry: JSON = ["major": .integer(device[0]), "minor": .integer(device[1]), "rate": 1_048_576]
            c.config["linux"]["resources"] = ["blockIO": ["throttleReadBpsDevice": [entry], "throttleWriteIOPSDevice": [entry]]]
            try c.launch()
            let found = try c.limit("io.max")
            #expect(found == "\(device[0]):\(device[1]) rbps=1048576 wbps=max riops=max wiops=1048576")
        }
    }

    @Test("config-linux.md#unified: any file of the cgroup", .requires(.v2("memory")))
    func unified() throws {
        try expect(
            ["unified": ["memory.high": "50331648", "pids.max": "33", "cpu.weight": "77"]], ("memory.high", "50331648"), ("pids.max", "33"),
            ("cpu.weight", "77"))
    }

    @Test(
        "config-linux.md#unified: a file that there is not, or a name that is a path, is an error", .requires(.unified),
        arguments: ["no.such.file", "../pids.max", "memory.high/x"])
    func unknownUnified(_ name: String) throws {
        try container { c throws in
            c.config["linux"]["resources"]["unified"][name] = "1"
            try c.isRefused()
        }
    }

    @Test("config-linux.md#unified: on v1 alone it is an error", .requires(.v1("memory")))
    func unifiedOnV1() throws {
        try container { c throws in
            c.config["linux"]["resources"] = ["unified": ["memory.high": "50331648"]]
            try c.isRefused()
        }
    }

    @Test(
        "runc update: each flag writes its file", .requires(.v2("memory")),
        arguments: [
            ("--memory", "33554432", "memory.max", "33554432"), ("--memory-reservation", "16777216", "memory.low", "16777216"),
            ("--cpu-share", "256", "cpu.weight", "10|35"), ("--cpu-quota", "30000", "cpu.max", "30000 100000"), ("--pids-limit", "20", "pids.max", "20"),
            ("--cpuset-cpus", "0", "cpuset.cpus", "0"),
        ])
    func update(_ flag: String, _ value: String, _ file: String, _ expected: String) throws {
        try container { c throws in
            try c.launch()
            try c.must("update", flag, value, c.id)
            let found = try c.limit(file)
            #expect(expected.split(separator: "|").contains(Substring(found)))
        }
    }

    @Test("runc update: --resources - reads them from stdin, unified ones too", .requires(.v2("memory")))
    func updateFromStdin() throws {
        try container { c throws in
            try c.launch()
            let resources: JSON = ["memory": ["limit": 33_554_432], "cpu": ["quota": 30000, "period": 60000], "unified": ["memory.high": "16777216"]]
            try c.must("update", "--resources", "-", c.id, input: resources.text)
            for (file, value) in [("memory.max", "33554432"), ("cpu.max", "30000 60000"), ("memory.high", "16777216")] {
                let found = try c.limit(file)
                #expect(value.split(separator: "|").contains(Substring(found)), "\(file)")
            }
        }
    }

    @Test("runc events: --stats counts processes, memory and processor time", .requires(.v2("memory")))
    func stats() throws {
        try container { c throws in
            try c.launch("i=0; while [ $i -lt 5000 ]; do i=$((i+1)); done; exec sleep 1000")
            #expect(try eventually { try readText("/proc/\(c.pid())/comm") == "sleep" })
            let data = try JSON(parsing: c.must("events", "--stats", c.id).output)["data"]
            #expect(data["pids"]["current"].integer == 1 && data["memory"]["usage"]["usage"].integer ?? 0 > 0, "\(data)")
            #expect(data["cpu"]["usage"]["total"].integer ?? 0 > 1_000_000, "\(data)")
        }
    }
}
