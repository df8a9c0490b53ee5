import LinuxSystem
import OCISpec

extension LinuxMemory {
    func writes(_ context: LimitContext) throws(ApusError) -> [CgroupWrite] {
        try refuseWhatNoKernelHas()
        let asked = [limit, reservation, swap].contains { ($0 ?? 0) != 0 } || kernelTCP ?? 0 > 0 || chosenSwappiness != nil
        guard asked || disableOOMKiller == true || (context.isLive && disableOOMKiller != nil) else { return [] }
        switch try context.version(.memory, "memory") {
        case .v1: return try legacyWrites(context)
        case .v2: return try unifiedWrites(context)
        }
    }

    private func refuseWhatNoKernelHas() throws(ApusError) {
        if useHierarchy == false { throw ApusError(.notSupported, "cannot set memory.useHierarchy to false: Linux 5.11 removed that choice") }
        if let chosenSwappiness, chosenSwappiness > 100 {
            throw ApusError(.invalidArgument, "invalid memory swappiness value: \(chosenSwappiness) (valid range is 0-100)")
        }
    }

    /// Some engines send -1 as an unsigned number for "not given".
    private var chosenSwappiness: UInt64? { swappiness == .max ? nil : swappiness }

    /// Lifting the limit of memory lifts that of both together, which could not stay below it.
    private var chosenSwap: Int64? { self.set(swap) ?? (limit.map { $0 < 0 } == true ? -1 : nil) }

    private func legacyWrites(_ context: LimitContext) throws(ApusError) -> [CgroupWrite] {
        let memory = set(limit).map { CgroupWrite(controller: .memory, field: "memory.limit", file: "memory.limit_in_bytes", value: String($0)) }
        let total = chosenSwap.map {
            CgroupWrite(
                controller: .memory, field: "memory.swap", file: "memory.memsw.limit_in_bytes", value: String($0),
                ifMissing: context.implicitSwap || $0 < 0 ? .skip : .fail)
        }
        // The kernel holds limit <= memory and swap together at every moment: upwards the sum goes first.
        let pair = try raisesAbove(context) ? [total, memory] : [memory, total]
        var writes = pair.compactMap { $0 }
        func add(_ field: String, _ file: String, _ value: String, ifMissing: CgroupWrite.Missing = .fail) {
            writes.append(CgroupWrite(controller: .memory, field: "memory.\(field)", file: "memory.\(file)", value: value, ifMissing: ifMissing))
        }
        if let value = set(reservation) { add("reservation", "soft_limit_in_bytes", String(value)) }
        // Deprecated: what a kernel does not have any more is left, as by runc.
        if let value = set(kernelTCP) { add("kernelTCP", "kmem.tcp.limit_in_bytes", String(value), ifMissing: .skip) }
        if let chosenSwappiness { add("swappiness", "swappiness", String(chosenSwappiness)) }
        if let disableOOMKiller, disableOOMKiller || context.isLive { add("disableOOMKiller", "oom_control", disableOOMKiller ? "1" : "0") }
        return writes
    }

    private func raisesAbove(_ context: LimitContext) throws(ApusError) -> Bool {
        try requireSwapAboveLimit()
        guard let text = context.current(.memory, "memory.memsw.limit_in_bytes"), let current = Int64(text), let limit = set(limit) else { return false }
        return limit < 0 || limit > current || chosenSwap.map { $0 < 0 } == true
    }

    private func unifiedWrites(_ context: LimitContext) throws(ApusError) -> [CgroupWrite] {
        if chosenSwappiness != nil { try context.requireLegacy(.memory, "memory.swappiness") }
        if disableOOMKiller == true { try context.requireLegacy(.memory, "memory.disableOOMKiller") }
        try requireSwapAboveLimit()
        var writes = [CgroupWrite]()
        if let value = try swapAlone(context) {
            // Where no swap is counted there is none to use: "max" and "0" are in force without a file.
            let isMoot = context.implicitSwap || value == "max" || value == "0"
            writes.append(
                CgroupWrite(controller: .memory, field: "memory.swap", file: "memory.swap.max", value: value, ifMissing: isMoot ? .skip : .fail))
        }
        if let limit = set(limit) {
            writes.append(CgroupWrite(controller: .memory, field: "memory.limit", file: "memory.max", value: limit < 0 ? "max" : String(limit)))
        }
        if let reservation = set(reservation) {
            writes.append(
                CgroupWrite(controller: .memory, field: "memory.reservation", file: "memory.low", value: reservation < 0 ? "max" : String(reservation)))
        }
        return writes
    }

    /// What cgroup v2 counts, swap without memory, from what the specification has, both together.
    private func swapAlone(_ context: LimitContext) throws(ApusError) -> String? {
        guard let swap = chosenSwap else { return nil }
        if swap < 0 { return "max" }
        // Next to unlimited memory there is no sum to take it from.
        if let limit, limit < 0 { return String(swap) }
        guard let limit = set(limit) ?? context.current(.memory, "memory.max").flatMap({ Int64($0) }), limit > 0 else {
            throw ApusError(.invalidArgument, "unable to set swap limit without memory limit: memory.swap (\(swap)) is memory and swap together")
        }
        guard swap >= limit else { throw swapBelow(limit) }
        return String(swap - limit)
    }

    private func requireSwapAboveLimit() throws(ApusError) {
        guard let swap = set(swap), swap > 0, let limit = set(limit), limit > 0, swap < limit else { return }
        throw swapBelow(limit)
    }

    private func swapBelow(_ limit: Int64) -> ApusError {
        ApusError(
            .invalidArgument, "memory+swap limit should be >= memory limit: memory.swap (\(swap ?? 0)) is both together, memory.limit is \(limit)")
    }

    private func set(_ value: Int64?) -> Int64? { value == 0 ? nil : value }
}
