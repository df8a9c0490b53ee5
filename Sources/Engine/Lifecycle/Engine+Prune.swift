import Cgroups
import Glibc
import ImageStore
public import LinuxSystem
import Network

extension Engine {
    /// Removes the containers that do not run.
    ///
    /// One that another command is just creating or starting stays.
    ///
    /// - Returns: their ids, and how many bytes they had written.
    public func pruneContainers(where isMeant: (ContainerRecord) -> Bool = { _ in true }) throws(ApusError) -> (ids: [String], bytes: Int) {
        var (ids, bytes): ([String], Int) = ([], 0)
        for record in try containers.all() where isMeant(record) {
            let written = paths.written(record.id)
            do throws(ApusError) {
                // A run with --rm that lost its monitor is removed by the claim itself.
                if record.settings.autoRemove, try containers.run(of: record) == nil { bytes += diskUsage(of: written) }
                guard let container = try claim(record, patience: 0) else { continue }
                if !record.settings.autoRemove { bytes += diskUsage(of: written) }
                try discard(container.record, volumes: record.settings.autoRemove)
            } catch {
                switch error.code {
                case .conflict: continue
                case .notFound: break
                default: throw error
                }
            }
            ids.append(record.id)
        }
        return (ids, bytes)
    }

    /// Collects what kills left that no record speaks of: directories of containers that were never finished or are half removed, names, run
    /// directories and cgroups without a container.
    ///
    /// - Returns: how many bytes of the disk they took.
    public func pruneLeftovers() throws(ApusError) -> Int {
        var bytes = 0
        for id in try listDirectory(paths.containers) { bytes += try collectDirectory(id) }
        for name in try listDirectory(paths.names) { try collectName(name) }
        for name in try listDirectory(paths.run) { try collectRun(name) }
        try collectCgroups()
        try networks.reclaim { (id) throws(ApusError) in try FileLock.isHeld(paths.lock(id)) }
        _ = try containers.all()  // what was left half done is finished by a look
        bytes += try images.removeReplacedLayers { chainID throws(ApusError) in try containersRunning(on: chainID) }
        return bytes + (try collectSnapshots())
    }

    private func collectDirectory(_ id: String) throws(ApusError) -> Int {
        let directory = paths.container(id)
        if fileExists("\(directory)/container.json") { return 0 }
        guard let lock = try containers.takeLock(id), !fileExists("\(directory)/container.json") else { return 0 }
        defer { _ = lock.raw }
        let bytes = diskUsage(of: directory)
        if let record = try? readRecordIfPresent(ContainerRecord.self, "\(directory)/removed.json") {
            try recover(runOf: id)
            try finishRemoval(of: record, volumes: true)
        } else {
            try removeTree(directory)
            try removeTree(paths.lock(id))
        }
        return bytes
    }

    /// A name whose container is gone or has another one: a removal or a change of name was cut short.
    private func collectName(_ name: String) throws(ApusError) {
        guard let id = try? readLink("\(paths.names)/\(name)") else { return }
        guard let record = try readRecordIfPresent(ContainerRecord.self, "\(paths.container(id))/container.json") else {
            // A container that is being created has its directory before its name.
            if !fileExists(paths.container(id)) { containers.releaseName(name, of: id) }
            return
        }
        if record.name == name { return }
        // Under the lock: this moment it may be getting this name.
        try containers.change(record) { current in
            if current.name != name { containers.releaseName(name, of: id) }
        }
    }

    /// A run directory or a lock in the instance's run directory.
    private func collectRun(_ name: String) throws(ApusError) {
        let id = name.hasSuffix(".lock") ? String(name.dropLast(5)) : name
        guard id.utf8.count == 64, !fileExists(paths.container(id)), let lock = try containers.takeLock(id) else { return }
        defer { _ = lock.raw }
        try recover(runOf: id)
        try removeTree(paths.lock(id))
    }

    private func collectCgroups() throws(ApusError) {
        guard let host = try? CgroupHost.detect() else { return }
        let place = CgroupPlacement.own(paths.cgroupName)
        for (id, record) in try place.cgroups(on: host) {
            // Held by the monitor of a running container, and by a start from before it makes the cgroup.
            guard let lock = try containers.takeLock(id) else { continue }
            defer { _ = lock.raw }
            let cgroup = Cgroup(existing: record)
            try cgroup.kill()
            try cgroup.remove(within: 10)
            if !fileExists(paths.container(id)) { try removeTree(paths.lock(id)) }
        }
        place.removeIfEmpty(on: host)
    }
}
