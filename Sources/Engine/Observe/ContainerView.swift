import Glibc
public import LinuxSystem

/// A container as lists and inspections show it: its record and what it is doing at one moment.
public struct ContainerView: Sendable, Equatable {
    /// What was asked for.
    public let record: ContainerRecord
    /// What it is doing.
    public let state: ContainerState
    /// When the present or the last run was started; nil where it never ran.
    public let startedAt: Timestamp?

    /// Makes a view.
    ///
    /// - Parameter startedAt: RFC 3339; what the state says where it is nil.
    public init(record: ContainerRecord, state: ContainerState, startedAt: String? = nil) {
        self.record = record
        self.state = state
        self.startedAt = (state.run?.startedAt ?? state.exit?.startedAt ?? startedAt).flatMap { Timestamp(rfc3339: $0) }
    }

    /// When the last run ended; nil while one runs, before the first, and where the moment was lost with the monitor.
    public var finishedAt: Timestamp? {
        guard state.status == .exited, let moment = state.exit.flatMap({ Timestamp(rfc3339: $0.finishedAt) }), moment.seconds > 0 else { return nil }
        return moment
    }
}

extension ContainerStore {
    /// What all containers are doing, the newest first; one that is removed meanwhile is left out.
    ///
    /// - Parameter runningOnly: leave out those that do not run, without reading their records.
    public func views(runningOnly: Bool = false) throws(ApusError) -> [ContainerView] {
        var views: [ContainerView] = []
        for id in try listDirectory(paths.containers) {
            if runningOnly, try !FileLock.isHeld(paths.lock(id)) { continue }
            guard let record = try load(id), let view = try view(of: record) else { continue }
            if !runningOnly || view.state.isRunning { views.append(view) }
        }
        return views.sorted { ($0.record.created, $0.record.id) > ($1.record.created, $1.record.id) }
    }

    /// What a container is doing; nil when it was removed meanwhile.
    public func view(of record: ContainerRecord) throws(ApusError) -> ContainerView? {
        let state = try state(of: record)
        // Without its files a container looks as if it had never run.
        if state.status == .created && !fileExists("\(paths.container(record.id))/container.json") { return nil }
        var left: String?
        // A monitor that was killed leaves the run record of the last run.
        if state.status == .exited && state.exit?.startedAt == nil {
            left = (try? readRecordIfPresent(RunRecord.self, "\(paths.running(record.id))/state.json"))??.startedAt
        }
        return ContainerView(record: record, state: state, startedAt: left)
    }
}
