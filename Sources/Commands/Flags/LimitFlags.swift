import CommandLine
import Engine
import LinuxSystem

/// The flags of limits that `run`, `create` and (in part) `update` share.
enum LimitFlags {
    static let cpus = Flag.value("cpus", value: "decimal", help: "Number of CPUs", parse: parseCPUs)
    static let cpuShares = Flag.int("cpu-shares", short: "c", help: "CPU shares (relative weight)")
    static let cpuPeriod = Flag.int("cpu-period", help: "Limit CPU CFS (Completely Fair Scheduler) period")
    static let cpuQuota = Flag.int("cpu-quota", help: "Limit CPU CFS (Completely Fair Scheduler) quota")
    static let cpusetCPUs = Flag.string("cpuset-cpus", help: "CPUs in which to allow execution (0-3, 0,1)")
    static let cpusetMems = Flag.string("cpuset-mems", help: "MEMs in which to allow execution (0-3, 0,1)")
    static let memory = Flag.value("memory", short: "m", value: "bytes", help: "Memory limit", parse: parseByteSize)
    static let memorySwap = Flag.value(
        "memory-swap", value: "bytes", help: "Swap limit equal to memory plus swap: '-1' to enable unlimited swap", parse: parseByteSizeOrUnlimited)
    static let memoryReservation = Flag.value("memory-reservation", value: "bytes", help: "Memory soft limit", parse: parseByteSize)
    static let memorySwappiness = Flag.int("memory-swappiness", help: "Tune container memory swappiness (0 to 100)")
    static let oomKillDisable = Flag.bool("oom-kill-disable", help: "Disable OOM Killer")
    static let pidsLimit = Flag.int("pids-limit", help: "Tune container pids limit (set -1 for unlimited)")
    static let blkioWeight = Flag.int("blkio-weight", value: "uint16", help: "Block IO (relative weight), between 10 and 1000, or 0 to disable")
    static let readBps = Flag.values("device-read-bps", help: "Limit read rate (bytes per second) from a device", parse: byteRate)
    static let writeBps = Flag.values("device-write-bps", help: "Limit write rate (bytes per second) to a device", parse: byteRate)
    static let readIOps = Flag.values("device-read-iops", help: "Limit read rate (IO per second) from a device", parse: operationRate)
    static let writeIOps = Flag.values("device-write-iops", help: "Limit write rate (IO per second) to a device", parse: operationRate)

    /// Those that `update` changes on a running container.
    static let updatable: [any DeclaredFlag] = [
        cpus, cpuShares, cpuPeriod, cpuQuota, cpusetCPUs, cpusetMems, memory, memorySwap, memoryReservation, pidsLimit, blkioWeight,
    ]
    static let all: [any DeclaredFlag] = updatable + [memorySwappiness, oomKillDisable, readBps, writeBps, readIOps, writeIOps]

    /// Puts what was given into `resources`.
    ///
    /// - Throws: `ApusError` for values that contradict one another or are out of range.
    static func apply(_ parsed: ParsedCommand, to resources: inout ResourceSettings) throws(ApusError) {
        if let value = parsed[cpus] { resources.nanoCPUs = Int64(value) }
        if let value = parsed[cpuShares] { resources.cpuShares = try natural(value, cpuShares) }
        if let value = parsed[cpuPeriod] { resources.cpuPeriod = try natural(value, cpuPeriod) }
        if let value = parsed[cpuQuota] { resources.cpuQuota = Int64(value) }
        if let value = parsed[cpusetCPUs] { resources.cpusetCPUs = value }
        if let value = parsed[cpusetMems] { resources.cpusetMems = value }
        if let value = parsed[memory] { resources.memory = Int64(value) }
        if let value = parsed[memorySwap] { resources.memorySwap = Int64(value) }
        if let value = parsed[memoryReservation] { resources.memoryReservation = Int64(value) }
        if let value = parsed[memorySwappiness], value != -1 { resources.memorySwappiness = try natural(value, memorySwappiness) }
        if parsed[oomKillDisable] { resources.oomKillDisable = true }
        if let value = parsed[pidsLimit] { resources.pidsLimit = Int64(value) }
        if let value = parsed[blkioWeight], value != 0 {
            guard (10...1000).contains(value) else { throw ApusError(.invalidArgument, "range of blkio weight is from 10 to 1000, got \(value)") }
            resources.blkioWeight = UInt16(value)
        }
        func rates(_ flag: Flag<[ResourceSettings.DeviceRate]>) -> [ResourceSettings.DeviceRate]? { parsed[flag].isEmpty ? nil : parsed[flag] }
        resources.deviceReadBps = rates(readBps) ?? resources.deviceReadBps
        resources.deviceWriteBps = rates(writeBps) ?? resources.deviceWriteBps
        resources.deviceReadIOps = rates(readIOps) ?? resources.deviceReadIOps
        resources.deviceWriteIOps = rates(writeIOps) ?? resources.deviceWriteIOps
        try check(resources)
    }

    /// Changes limits as `update` does: a new form of the CPU limit replaces the other one.
    static func change(_ parsed: ParsedCommand, _ resources: inout ResourceSettings) throws(ApusError) {
        if parsed.isSet(cpus) { (resources.cpuQuota, resources.cpuPeriod) = (nil, nil) }
        if parsed.isSet(cpuQuota) || parsed.isSet(cpuPeriod) { resources.nanoCPUs = parsed.isSet(cpus) ? resources.nanoCPUs : nil }
        try apply(parsed, to: &resources)
    }

    private static func check(_ resources: ResourceSettings) throws(ApusError) {
        func fail(_ sentence: String) throws(ApusError) { throw ApusError(.invalidArgument, sentence) }
        if resources.nanoCPUs != nil && (resources.cpuQuota != nil || resources.cpuPeriod != nil) {
            try fail("conflicting options: --cpus cannot be given with --cpu-quota or --cpu-period")
        }
        if let memory = resources.memory {
            if memory < 6 << 20 { try fail("minimum memory limit allowed is 6MB, got \(memory) bytes") }
            if let swap = resources.memorySwap, swap != -1, swap < memory {
                try fail("minimum memoryswap limit should be larger than memory limit: \(swap) is less than \(memory)")
            }
            if let reservation = resources.memoryReservation, reservation > memory {
                try fail("minimum memory limit can not be less than memory reservation limit: \(memory) is less than \(reservation)")
            }
        } else if let swap = resources.memorySwap, swap > 0 {
            try fail("you should always set the memory limit when using memoryswap limit")
        }
    }

    private static func natural(_ value: Int, _ flag: some DeclaredFlag) throws(ApusError) -> UInt64 {
        guard let number = UInt64(exactly: value) else {
            throw ApusError(.invalidArgument, "invalid argument \"\(value)\" for \"--\(flag.declaration.name)\" flag: it must not be negative")
        }
        return number
    }

    private static func byteRate(_ text: String) throws(InvalidValue) -> ResourceSettings.DeviceRate {
        try rate(text, form: "<device-path>:<number>[<unit>]", parse: parseByteSize)
    }

    private static func operationRate(_ text: String) throws(InvalidValue) -> ResourceSettings.DeviceRate {
        try rate(text, form: "<device-path>:<number>", parse: parseInteger)
    }

    private static func rate(
        _ text: String, form: String, parse: (String) throws(InvalidValue) -> Int
    ) throws(InvalidValue) -> ResourceSettings.DeviceRate {
        guard text.hasPrefix("/"), let colon = text.lastIndex(of: ":"), let rate = UInt64(exactly: try parse(String(text[text.index(after: colon)...]))) else {
            throw InvalidValue("the correct format is \(form)")
        }
        return ResourceSettings.DeviceRate(path: String(text[..<colon]), rate: rate)
    }
}
