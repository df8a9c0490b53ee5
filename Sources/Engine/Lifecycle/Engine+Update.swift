import Cgroups
public import LinuxSystem
import OCISpec

extension Engine {
    /// Changes the limits of a container, on the spot if it runs.
    ///
    /// A failure of the kernel leaves the record as it was.
    ///
    /// - Parameter change: puts the new limits into the old ones.
    public func update(
        _ record: ContainerRecord, _ change: (inout ResourceSettings) throws(ApusError) -> Void
    ) throws(ApusError) {
        // Held to the end, so that nobody starts it with the old limits meanwhile; nil for one that runs.
        let claimed = try claim(record)
        try containers.change(record) { current throws(ApusError) in
            try change(&current.settings.resources)
            let resources = try current.settings.resources.specification()
            if let sentence = resources.validate().first { throw ApusError(.invalidArgument, sentence) }
            guard claimed == nil, var cgroup = try containers.cgroup(of: current) else { return }
            let before = cgroup.record
            do throws(ApusError) {
                try cgroup.update(resources, implicitSwap: current.settings.resources.hasImplicitSwap, on: try CgroupHost.detect())
            } catch {
                try? keep(cgroup.record, before, current)
                throw error
            }
            try keep(cgroup.record, before, current)
        }
    }

    /// Records directories that the update made: for later commands, and for the monitor, whose plan knows those of the start.
    private func keep(_ cgroup: CgroupRecord, _ before: CgroupRecord, _ record: ContainerRecord) throws(ApusError) {
        if cgroup == before { return }
        let directory = paths.running(record.id)
        try writeRecord(cgroup, "\(directory)/cgroup.json")
        let list = "\(directory)/cgroups"
        let added = cgroup.directories.filter { !before.directories.contains($0) }
        let known = fileExists(list) ? try readFile(list) : []
        try replaceFile(list, with: known + added.flatMap { Array("\($0)\n".utf8) })
    }
}
