public import Cgroups
public import LinuxSystem

/// What a container is doing.
public enum ContainerStatus: String, Codable, Sendable {
    /// It was never started, or its program could not be.
    case created
    /// Its monitor holds its lock.
    case running
    /// It is frozen.
    case paused
    /// It has ended.
    case exited
}

/// A container's state as its files and locks show it at one moment.
public struct ContainerState: Sendable, Equatable {
    /// What it is doing.
    public var status: ContainerStatus
    /// What is known of the run, while it runs.
    public var run: RunRecord?
    /// How the last run ended.
    public var exit: ExitRecord?

    /// Whether a program of it lives, frozen or not.
    public var isRunning: Bool { status == .running || status == .paused }
}

extension ContainerStore {
    /// The state of a container.
    ///
    /// It runs while its lock is held and its monitor has written the run record. A start first writes an exit record that says the monitor was
    /// lost, and the monitor replaces it at the end, so that what is read is right even after kill -9 of everything or a power cut.
    public func state(of record: ContainerRecord) throws(ApusError) -> ContainerState {
        let directory = paths.container(record.id)
        let isHeld = try FileLock.isHeld(paths.lock(record.id))
        if isHeld, let run = try readRecordIfPresent(RunRecord.self, "\(paths.running(record.id))/state.json") {
            let isFrozen = (try? cgroup(of: record)?.isFrozen()) ?? false
            return ContainerState(status: isFrozen ? .paused : .running, run: run, exit: nil)
        }
        var exit = try readRecordIfPresent(ExitRecord.self, "\(directory)/exit.json")
        // With --rm there is no record: one that has run and is still there lost its monitor.
        if exit == nil, record.settings.autoRemove, fileExists("\(directory)/upper") { exit = .lost }
        // Held without a run record: its monitor is about to start it, or has just written how it ended.
        guard let exit, exit.neverRan != true, !(isHeld && exit.isLost) else {
            return ContainerState(status: .created, run: nil, exit: isHeld ? nil : exit)
        }
        return ContainerState(status: .exited, run: nil, exit: exit)
    }

    /// The cgroup of a running container; nil when none is recorded.
    public func cgroup(of record: ContainerRecord) throws(ApusError) -> Cgroup? {
        try readRecordIfPresent(CgroupRecord.self, "\(paths.running(record.id))/cgroup.json").map { Cgroup(existing: $0) }
    }
}
