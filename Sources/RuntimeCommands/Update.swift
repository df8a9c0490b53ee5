import CommandLine
import ContainerRuntime
import LinuxSystem
import OCISpec

/// `apus-runtime update`.
enum Update {
    static let resources = Flag.string("resources", short: "r", completing: .file, help: "Path to a file with the resources to update, - for stdin")
    static let blkioWeight = Flag.int("blkio-weight", help: "Specifies per cgroup weight, range is from 10 to 1000")
    static let cpuPeriod = Flag.string("cpu-period", help: "CPU CFS period to be used for hardcapping (in usecs), 0 to use system default")
    static let cpuQuota = Flag.string("cpu-quota", help: "CPU CFS hardcap limit (in usecs), allowed cpu time in a given period")
    static let cpuBurst = Flag.string(
        "cpu-burst", help: "CPU CFS hardcap burst limit (in usecs), accumulated cpu time allowed beside the quota in a given period")
    static let cpuShares = Flag.string("cpu-share", help: "CPU shares (relative weight vs. other containers)")
    static let realtimePeriod = Flag.string("cpu-rt-period", help: "CPU realtime period to be used for hardcapping (in usecs), 0 to use system default")
    static let realtimeRuntime = Flag.string("cpu-rt-runtime", help: "CPU realtime hardcap limit (in usecs), allowed cpu time in a given period")
    static let cpusetCPUs = Flag.string("cpuset-cpus", help: "CPU(s) to use")
    static let cpusetMems = Flag.string("cpuset-mems", help: "Memory node(s) to use")
    static let cpuIdle = Flag.string("cpu-idle", help: "Set the idle state of the cgroup: 1 for SCHED_IDLE, 0 for the default")
    static let kernelMemory = Flag.string("kernel-memory", hidden: true, help: "Obsoleted: the kernel has no such limit any more, and the value is ignored")
    static let kernelMemoryTCP = Flag.string("kernel-memory-tcp", hidden: true, help: "Obsoleted: the value is ignored")
    static let memory = Flag.string("memory", help: "Memory limit (in bytes)")
    static let memoryReservation = Flag.string("memory-reservation", help: "Memory reservation or soft limit (in bytes)")
    static let memorySwap = Flag.string("memory-swap", help: "Total memory usage (memory + swap); set -1 to enable unlimited swap")
    static let pidsLimit = Flag.string("pids-limit", help: "Maximum number of pids allowed in the container, -1 for unlimited")
    static let l3CacheSchema = Flag.string("l3-cache-schema", help: "The string of Intel RDT/CAT L3 cache schema")
    static let memBwSchema = Flag.string("mem-bw-schema", help: "The string of Intel RDT/MBA memory bandwidth schema")

    static let command = Command(
        "update", abstract: "Update container resource constraints", positionals: "ID",
        flags: [
            resources, blkioWeight, cpuPeriod, cpuQuota, cpuBurst, cpuShares, realtimePeriod, realtimeRuntime, cpusetCPUs, cpusetMems, cpuIdle,
            kernelMemory, kernelMemoryTCP, memory, memoryReservation, memorySwap, pidsLimit, l3CacheSchema, memBwSchema,
        ],
        action: { parsed in
            let container = try RuntimeFlags.container(parsed)
            try container.update(try limits(parsed))
            let (cache, bandwidth) = (RuntimeFlags.text(parsed, l3CacheSchema), RuntimeFlags.text(parsed, memBwSchema))
            if cache != nil || bandwidth != nil { try container.updateShares(l3CacheSchema: cache, memBwSchema: bandwidth) }
            return 0
        })

    /// What is to change: the file alone where there is one, else the flags.
    private static func limits(_ parsed: ParsedCommand) throws(ApusError) -> LinuxResources {
        if let path = RuntimeFlags.text(parsed, resources) { return try SpecFile.readResources(path) }
        var limits = LinuxResources()
        var cpu = LinuxCPU()
        cpu.shares = try number(parsed, cpuShares)
        cpu.quota = try number(parsed, cpuQuota)
        cpu.burst = try number(parsed, cpuBurst)
        cpu.period = try number(parsed, cpuPeriod)
        cpu.realtimeRuntime = try number(parsed, realtimeRuntime)
        cpu.realtimePeriod = try number(parsed, realtimePeriod)
        cpu.cpus = RuntimeFlags.text(parsed, cpusetCPUs)
        cpu.mems = RuntimeFlags.text(parsed, cpusetMems)
        cpu.idle = try number(parsed, cpuIdle)
        if cpu != LinuxCPU() { limits.cpu = cpu }
        var memory = LinuxMemory()
        memory.limit = try bytes(parsed, Update.memory)
        memory.reservation = try bytes(parsed, memoryReservation)
        memory.swap = try bytes(parsed, memorySwap)
        if memory != LinuxMemory() { limits.memory = memory }
        if let limit: Int64 = try number(parsed, pidsLimit) { limits.pids = LinuxPids(limit: limit) }
        if let weight = parsed[blkioWeight], weight != 0 {
            guard let weight = UInt16(exactly: weight) else { throw ApusError(.invalidArgument, "invalid value for blkio-weight: \(weight)") }
            limits.blockIO = LinuxBlockIO(weight: weight)
        }
        return limits
    }

    private static func number<Number: FixedWidthInteger>(_ parsed: ParsedCommand, _ flag: Flag<String?>) throws(ApusError) -> Number? {
        guard let text = RuntimeFlags.text(parsed, flag) else { return nil }
        guard let number = Number(text) else {
            throw ApusError(.invalidArgument, "invalid value for \(flag.declaration.name): \"\(text)\"", hint: "a whole number is wanted")
        }
        return number
    }

    /// Plain bytes, or with a unit as `512m`.
    private static func bytes(_ parsed: ParsedCommand, _ flag: Flag<String?>) throws(ApusError) -> Int64? {
        guard let text = RuntimeFlags.text(parsed, flag) else { return nil }
        if text == "-1" { return -1 }
        do throws(InvalidValue) { return Int64(try parseByteSize(text)) } catch {
            throw ApusError(.invalidArgument, "invalid value for \(flag.declaration.name): \(error.reason)")
        }
    }
}
