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
        try changeRecord(record) { current throws(ApusError) in
            try change(&current.settings.resources)
            let resources = try current.settings.resources.specification()
            if let sentence = resources.validate().first { throw ApusError(.invalidArgument, sentence) }
            if try containers.state(of: current).isRunning, var cgroup = try containers.cgroup(of: current) {
                let place = "\(paths.running(current.id))/cgroup.json"
                do throws(ApusError) {
                    try cgroup.update(resources, implicitSwap: current.settings.resources.hasImplicitSwap, on: try CgroupHost.detect())
                } catch {
                    try? writeRecord(cgroup.record, place)
                    throw error
                }
                try writeRecord(cgroup.record, place)
            }
            return {}
        }
    }
}
