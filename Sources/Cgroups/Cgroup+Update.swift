import Glibc
public import LinuxSystem
public import OCISpec

extension Cgroup {
    /// Changes limits of a live cgroup; what `resources` does not name stays.
    ///
    /// A hierarchy that was not needed before is made and the processes are moved into it, so the record may change: store it again, after an
    /// error too.
    /// Limits are written one by one: after an error the ones before it are in force.
    public mutating func update(_ resources: LinuxResources, implicitSwap: Bool = false, on host: CgroupHost) throws(ApusError) {
        var context = LimitContext(version: host.versionForLimit)
        context.implicitSwap = implicitSwap
        context.isLive = true
        let before = self
        context.current = { controller, file in before.directory(of: controller).flatMap { try? before.tree.read("\($0.path)/\(file)") } }
        let writes = try compile(resources, context)
        let devices = try deviceRules(resources.devices ?? [])
        if let memory = resources.memory, memory.checkBeforeUpdate == true { try requireRoom(for: memory) }

        try extend(to: Set(writes.compactMap(\.controller)), wanted: devices.contains { !$0.allow } ? [.devices] : [], on: host)
        for write in writes { try apply(write) }
        try apply(devices, isLive: true)
    }

    private func requireRoom(for memory: LinuxMemory) throws(ApusError) {
        for (limit, name) in [(memory.swap, "memory+swap"), (memory.limit, "memory")] {
            guard let limit, limit > 0, let usage = try stats().memory?.usage, usage >= UInt64(limit) else { continue }
            throw ApusError(.conflict, "rejecting \(name) limit \(limit) <= usage \(usage): memory.checkBeforeUpdate asks for that")
        }
    }

    private mutating func extend(to needed: Set<CgroupController>, wanted: Set<CgroupController>, on host: CgroupHost) throws(ApusError) {
        var maker = CgroupMaker(host: host, extending: record, tree: tree)
        do {
            try maker.make(needed: needed, wanted: wanted)
            for path in maker.record.directories where !record.directories.contains(path) { try move(to: path) }
        } catch {
            maker.undo()
            throw error
        }
        record = maker.record
    }

    /// Moves every process, and those that are born while it moves them.
    private func move(to path: String) throws(ApusError) {
        var moved = Set<Int32>()
        while true {
            let rest = try processes().filter { !moved.contains($0) }
            if rest.isEmpty { return }
            for process in rest {
                moved.insert(process)
                do {
                    try tree.write(String(process), to: "\(path)/cgroup.procs")
                } catch  where error.errno == ESRCH {
                    continue  // it ended meanwhile
                }
            }
        }
    }
}
