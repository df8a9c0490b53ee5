import LinuxSystem
import OCISpec

extension LinuxMemory {
    func writes(_ context: LimitContext) throws(ApusError) -> [CgroupWrite] {
        try refuseWhatNoKernelHas(context)
        let asked = [limit, reservation, swap].contains { ($0 ?? 0) != 0 } || kernelTCP ?? 0 > 0 || swappiness != nil
        guard asked || disableOOMKiller == true || (context.isLive && disableOOMKiller != nil) else { return [] }
        switch try context.version(.memory, "memory") {
        case .v1: return try legacyWrites(context)
        case .v2: return try unifiedWrites(context)
        }
    }

    private func refuseWhatNoKernelHas(_ context: LimitContext) throws(ApusError) {
        if kernel ?? 0 > 0 {
            throw ApusError(.notSupported, "cannot set memory.kernel: Linux 5.16 removed this limit", hint: "memory.limit counts the kernel's memory too")
        }
        if useHierarchy == false { throw ApusError(.notSupported, "cannot set memory.useHierarchy to false: Linux 5.11 removed that choice") }
    }

    private func legacyWrites(_ context: LimitContext) throws(ApusError) -> [CgroupWrite] {
        let memory = set(limit).map { CgroupWrite(controller: .memory, field: "memory.limit", file: "memory.limit_in_bytes", value: String($0)) }
        let total = set(swap).map {
            CgroupWrite(
                controller: .memory, field: "memory.swap", file: "memory.memsw.limit_in_bytes", value: String($0),
                ifMissing: context.implicitSwap ? .skip : .fail)
        }
        // The kernel holds limit <= memory and swap together at every moment: upwards the sum goes first.
        let pair = try raisesAbove(context) ? [total, memory] : [memory, total]
        var writes = pair.compactMap { $0 }
        func add(_ field: String, _ file: String, _ value: String) {
            writes.append(CgroupWrite(controller: .memory, field: "memory.\(field)", file: "memory.\(file)", value: value))
        }
        if let value = set(reservation) { add("reservation", "soft_limit_in_bytes", String(value)) }
        if let value = set(kernelTCP) { add("kernelTCP", "kmem.tcp.limit_in_bytes", String(value)) }
        if let swappiness { add("swappiness", "swappiness", String(swappiness)) }
        if let disableOOMKiller, disableOOMKiller || context.isLive { add("disableOOMKiller", "oom_control", disableOOMKiller ? "1" : "0") }
        return writes
    }

    private func raisesAbove(_ context: LimitContext) throws(ApusError) -> Bool {
        try requireSwapAboveLimit()
        guard let text = context.current(.memory, "memory.memsw.limit_in_bytes"), let current = Int64(text), let limit = set(limit) else { return false }
        return limit < 0 || limit > current || set(swap).map { $0 < 0 } == true
    }

    private func unifiedWrites(_ context: LimitContext) throws(ApusError) -> [CgroupWrite] {
        if kernelTCP ?? 0 > 0 { try context.requireLegacy(.memory, "memory.kernelTCP") }
        if swappiness != nil { try context.requireLegacy(.memory, "memory.swappiness") }
        if disableOOMKiller == true { try context.requireLegacy(.memory, "memory.disableOOMKiller") }
        try requireSwapAboveLimit()
        var writes = [CgroupWrite]()
        if let value = try swapAlone(context) {
            writes.append(
                CgroupWrite(
                    controller: .memory, field: "memory.swap", file: "memory.swap.max", value: value, ifMissing: context.implicitSwap ? .skip : .fail))
        }
        if let limit = set(limit) {
            writes.append(CgroupWrite(controller: .memory, field: "memory.limit", file: "memory.max", value: limit < 0 ? "max" : String(limit)))
        }
        if let reservation = set(reservation) {
            // Protection, not a ceiling: to lift it is 0.
            writes.append(CgroupWrite(controller: .memory, field: "memory.reservation", file: "memory.low", value: String(max(0, reservation))))
        }
        return writes
    }

    /// What cgroup v2 counts, swap without memory, from what the specification has, both together.
    private func swapAlone(_ context: LimitContext) throws(ApusError) -> String? {
        guard let swap = set(swap) else { return nil }
        if swap < 0 { return "max" }
        guard let limit = set(limit) ?? context.current(.memory, "memory.max").flatMap({ Int64($0) }), limit > 0 else {
            throw ApusError(.invalidArgument, "cannot set memory.swap to \(swap): it is memory and swap together and needs a memory.limit")
        }
        guard swap >= limit else { throw swapBelow(limit) }
        return String(swap - limit)
    }

    private func requireSwapAboveLimit() throws(ApusError) {
        guard let swap = set(swap), swap > 0, let limit = set(limit) else { return }
        if limit < 0 || swap < limit { throw swapBelow(limit) }
    }

    private func swapBelow(_ limit: Int64) -> ApusError {
        ApusError(
            .invalidArgument,
            "cannot set memory.swap to \(swap ?? 0): it is memory and swap together and must be at least memory.limit, \(limit < 0 ? "unlimited" : String(limit))"
        )
    }

    private func set(_ value: Int64?) -> Int64? { value == 0 ? nil : value }
}
