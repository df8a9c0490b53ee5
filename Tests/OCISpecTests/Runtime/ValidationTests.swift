import FoundationEssentials
import OCISpec
import SeededRandom
import Testing

@Suite struct ValidationTests {
    private let good = Spec(ociVersion: "1.0.2-dev", process: Process(user: User(), args: ["sh"], cwd: "/"), root: Root(path: "rootfs"), linux: Linux())

    private func problems(_ change: (inout Spec) -> Void) -> [String] {
        var spec = good
        change(&spec)
        return spec.validate()
    }

    @Test func goodConfigurationsHaveNoProblem() throws {
        #expect(good.validate() == [])
        #expect(try JSONDecoder().decode(Spec.self, from: Data(fullConfig.utf8)).validate() == [])
    }

    @Test(arguments: ["1.0.0", "1.3.0", "1.0.2-dev", "1.2.0-rc.1", "1.9.9+build", "1.2.1+dev", "1.0.0-rc5-dev"]) func versionsAccepted(_ version: String) {
        #expect(problems { $0.ociVersion = version } == [])
    }

    @Test(arguments: ["", "1", "1.0", "0.9.0", "2.0.0", "1.x.0", "1..0", "1.0.0.0", "v1.0.0", "1.0.0-", "1.0.0+", "1.0.0-a b", "11.0.0"]) func versionsRefused(
        _ version: String
    ) {
        #expect(problems { $0.ociVersion = version } == ["ociVersion must be 1.0.0 or later and below 2, as MAJOR.MINOR.PATCH, got \"\(version)\""])
    }

    @Test func processFields() {
        #expect(problems { $0.process?.cwd = "x" } == ["process.cwd must be an absolute path, got \"x\""])
        #expect(problems { $0.process?.args = [] } == ["process.args must have at least one entry"])
        #expect(problems { $0.process?.env = ["A=1", "B"] } == ["process.env[1] must be NAME=VALUE, got \"B\""])
        #expect(problems { $0.process?.args = ["a\0b"] } == [#"process.args[0] must not contain a NUL byte, got "a\0b""#])
        #expect(problems { $0.process?.oomScoreAdj = 1001 } == ["process.oomScoreAdj must be from -1000 to 1000, got 1001"])
        #expect(
            problems { $0.process?.rlimits = [POSIXRlimit(type: "RLIMIT_CORE", hard: 1, soft: 2), POSIXRlimit(type: "RLIMIT_CORE", hard: 1, soft: 1)] } == [
                "process.rlimits[0].soft must be at most the hard limit 1, got 2", "process.rlimits must name \"RLIMIT_CORE\" only once",
            ])
        #expect(
            problems { $0.process?.scheduler = Scheduler(policy: "SCHED_OTHER", priority: 3) } == [
                "process.scheduler.priority must be left out with SCHED_OTHER"
            ])
        #expect(Process(user: User(), args: ["a"], cwd: "b").validate() == ["process.cwd must be an absolute path, got \"b\""])
    }

    @Test func mountsHooksAndNames() {
        #expect(problems { $0.root = nil } == ["root must be there"])
        #expect(problems { $0.mounts = [Mount(destination: "")] } == ["mounts[0].destination must not be empty"])
        #expect(problems { $0.mounts = [Mount(destination: "relative")] } == [])
        #expect(problems { $0.hooks = Hooks(poststart: [Hook(path: "x", timeout: 0)]) }.count == 2)
        #expect(problems { $0.hostname = "h" } == ["hostname must come with a uts namespace in linux.namespaces"])
        #expect(problems { $0.hostname = "" } == [])
    }

    @Test func linuxFields() {
        #expect(
            problems { $0.linux?.namespaces = [LinuxNamespace(type: "net")] } == [
                "linux.namespaces[0].type must be one of pid, network, mount, ipc, uts, user, cgroup, time, got \"net\""
            ])
        #expect(
            problems { $0.linux?.namespaces = [LinuxNamespace(type: "pid"), LinuxNamespace(type: "pid", path: "p")] } == [
                "linux.namespaces[1].path must be an absolute path, got \"p\"", "linux.namespaces must name \"pid\" only once",
            ])
        #expect(
            problems { $0.linux?.uidMappings = [LinuxIDMapping(containerID: 1, hostID: .max, size: 2)] } == [
                "linux.uidMappings must come with a user namespace in linux.namespaces", "linux.uidMappings[0] must end below 4294967295",
            ])
        #expect(
            problems { $0.linux?.devices = [LinuxDevice(path: "/dev/x", type: "c")] } == ["linux.devices[0] must have major and minor for type \"c\""])
        #expect(problems { $0.linux?.cgroupsPath = "/a/../b" } == ["linux.cgroupsPath must not contain \"..\", got \"/a/../b\""])
        #expect(problems { $0.linux?.timeOffsets = ["realtime": LinuxTimeOffset()] }.count == 2)
        #expect(
            problems { $0.linux?.seccomp = LinuxSeccomp(defaultAction: "ALLOW") }.first?.hasPrefix("linux.seccomp.defaultAction must be one of") == true)
    }

    @Test func resources() {
        func problems(_ resources: LinuxResources) -> [String] { resources.validate() }
        #expect(problems(LinuxResources(memory: LinuxMemory(limit: -2))) == ["resources.memory.limit must be from -1 to 9223372036854775807, got -2"])
        #expect(problems(LinuxResources(cpu: LinuxCPU(cpus: "3-1"))) == ["resources.cpu.cpus must be a list like 0-3,7, got \"3-1\""])
        #expect(problems(LinuxResources(cpu: LinuxCPU(cpus: "0-31:2/4,5"))) == [])
        #expect(problems(LinuxResources(blockIO: LinuxBlockIO(weight: 9))) == ["resources.blockIO.weight must be from 10 to 1000, got 9"])
        #expect(problems(LinuxResources(blockIO: LinuxBlockIO(weight: 0))) == [])
        #expect(
            problems(LinuxResources(devices: [LinuxDeviceCgroup(allow: true, access: "rx")])) == [
                "resources.devices[0].access must be letters of rwm, got \"rx\""
            ])
        #expect(
            problems(LinuxResources(unified: ["../x": "1"])) == ["a key of resources.unified must be a file of cgroup v2 like memory.high, got \"../x\""])
        #expect(problems(LinuxResources(hugepageLimits: [LinuxHugepageLimit(pageSize: "2M", limit: 1)])).count == 1)
    }

    /// Random damage to a good configuration either fails to decode or validates without trapping, each problem one line.
    @Test func damagedConfigurationsNeverTrap() {
        var random = SeededRandom(seed: 7)
        for _ in 0..<600 {
            var bytes = Array(fullConfig.utf8)
            for _ in 0...Int.random(in: 0..<4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0x20...0x7e, using: &random)
            }
            guard let spec = try? JSONDecoder().decode(Spec.self, from: Data(bytes)) else { continue }
            for problem in spec.validate() { #expect(!problem.contains("\n")) }
        }
    }
}
