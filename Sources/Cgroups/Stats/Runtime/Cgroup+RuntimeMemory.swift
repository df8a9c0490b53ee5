extension Cgroup {
    func legacyMemory(_ path: String) -> RuntimeStats.Memory {
        func entry(_ kind: String) -> RuntimeStats.Memory.Entry {
            func value(_ file: String) -> UInt64? { number("\(path)/memory.\(kind)\(file)") }
            return RuntimeStats.Memory.Entry(
                limit: value("limit_in_bytes") ?? 0, usage: nonzero(value("usage_in_bytes")), max: nonzero(value("max_usage_in_bytes")),
                failcnt: value("failcnt") ?? 0)
        }
        var memory = RuntimeStats.Memory()
        memory.raw = raw(path)
        memory.cache = nonzero(memory.raw?["cache"])
        (memory.usage, memory.swap, memory.kernel, memory.kernelTCP) = (entry(""), entry("memsw."), entry("kmem."), entry("kmem.tcp."))
        return memory
    }

    func unifiedMemory(_ path: String) -> RuntimeStats.Memory {
        func value(_ file: String) -> UInt64? { text("\(path)/memory.\(file)").flatMap { $0 == "max" ? .max : UInt64($0) } }
        var memory = RuntimeStats.Memory()
        memory.raw = raw(path)
        memory.cache = nonzero(memory.raw?["file"])
        guard let usage = value("current"), let limit = value("max") else { return memory }
        memory.usage = RuntimeStats.Memory.Entry(
            limit: limit, usage: nonzero(usage), max: nonzero(value("peak")), failcnt: parseKeyed(text("\(path)/memory.events") ?? "")["max"] ?? 0)
        // v1 shows swap with memory, and so does runc. The most of both together was never counted.
        if let swap = value("swap.current"), let swapLimit = value("swap.max") {
            memory.swap.usage = nonzero(swap.addingReportingOverflow(usage).partialValue)
            memory.swap.limit = [swapLimit, limit].contains(.max) ? .max : swapLimit.addingReportingOverflow(limit).partialValue
        }
        return memory
    }

    private func raw(_ path: String) -> [String: UInt64]? {
        text("\(path)/memory.stat").map { Dictionary(uniqueKeysWithValues: parseKeyed($0).map { (String($0.key), $0.value) }) }
    }

    /// What the scheduler counts, and where it counts nothing, what throttling does.
    func legacyBlockIO(_ path: String) -> RuntimeStats.BlockIO {
        typealias Entry = RuntimeStats.BlockIO.Entry
        func table(_ kind: String, _ name: String) -> [Entry]? {
            let entries = text("\(path)/blkio.\(kind)\(name)_recursive").map(parseBlkioTable) ?? []
            return entries.isEmpty ? nil : entries
        }
        for kind in ["bfq.", ""] {
            guard let serviced = table(kind, "io_serviced") else { continue }
            return RuntimeStats.BlockIO(
                serviceBytes: table(kind, "io_service_bytes"), serviced: serviced, queued: table(kind, "io_queued"),
                serviceTime: table(kind, "io_service_time"), waitTime: table(kind, "io_wait_time"), merged: table(kind, "io_merged"),
                time: table(kind, "time"), sectors: table(kind, "sectors"))
        }
        func throttled(_ name: String) -> [Entry]? {
            if let entries = table("throttle.", name) { return entries }
            let entries = text("\(path)/blkio.throttle.\(name)").map(parseBlkioTable) ?? []
            return entries.isEmpty ? nil : entries
        }
        return RuntimeStats.BlockIO(serviceBytes: throttled("io_service_bytes"), serviced: throttled("io_serviced"))
    }

    func unifiedBlockIO(_ path: String) -> RuntimeStats.BlockIO {
        let (bytes, operations) = parseIOTables(text("\(path)/io.stat") ?? "")
        return RuntimeStats.BlockIO(serviceBytes: bytes.isEmpty ? nil : bytes, serviced: operations.isEmpty ? nil : operations)
    }
}
