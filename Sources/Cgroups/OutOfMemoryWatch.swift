import Glibc
public import LinuxSystem

/// Tells when a container meets its memory limit: a descriptor to poll, and what happened since the last look.
///
/// cgroup v1 counts on an eventfd that is registered with `memory.oom_control`; cgroup v2 changes `memory.events`, which inotify sees.
public struct OutOfMemoryWatch: ~Copyable, Sendable {
    /// What happened.
    public struct Report: Sendable, Equatable {
        /// How often the limit was met and memory could not be found, since the last report.
        public var count: UInt64 = 0
        /// Whether nothing can follow: the cgroup is gone (v1, v2), or empty (v2, where the descriptor says no more when it goes).
        public var hasEnded = false
    }

    /// Readable (POLLIN) when there is something to report.
    public let descriptor: OwnedFD
    private let path: String
    private let version: CgroupVersion
    private var seen: UInt64
    private let tree: any CgroupTree

    init(_ path: String, _ version: CgroupVersion, tree: any CgroupTree) throws(ApusError) {
        (self.path, self.version, self.tree) = (path, version, tree)
        seen = 0
        switch version {
        case .v1:
            let control = try openFile("\(path)/memory.oom_control", O_RDONLY)
            let counter = try makeEventCounter()
            try tree.write("\(counter.raw) \(control.raw)", to: "\(path)/cgroup.event_control")
            descriptor = counter
        case .v2:
            let watch = OwnedFD(adopting: try systemCall("cannot watch cgroup \(path)") { inotify_init1(O_CLOEXEC | O_NONBLOCK) })
            for file in ["memory.events", "cgroup.events"] {
                let name = "\(path)/\(file)"
                try systemCall("cannot watch \(name)") { [raw = watch.raw] in unsafe inotify_add_watch(raw, name, UInt32(IN_MODIFY)) }
            }
            descriptor = watch
            seen = kills()
        }
    }

    /// What happened since the last call; never waits.
    public mutating func next() throws(ApusError) -> Report {
        switch version {
        case .v1:
            let count = try takeCount(of: descriptor)
            // The removal of the cgroup counts once too.
            let isGone = (try? tree.read("\(path)/memory.oom_control")) == nil
            return Report(count: isGone ? 0 : count, hasEnded: isGone)
        case .v2:
            drain()
            guard let events = try? tree.read("\(path)/cgroup.events") else { return Report(hasEnded: true) }
            let now = kills()
            defer { seen = max(seen, now) }
            return Report(count: now > seen ? now - seen : 0, hasEnded: parseKeyed(events)["populated"] == 0)
        }
    }

    /// Kills for want of memory; with every process of the group killed at once (`memory.oom.group`) that is what is counted too.
    private func kills() -> UInt64 { parseKeyed((try? tree.read("\(path)/memory.events")) ?? "")["oom_kill"] ?? 0 }

    private func drain() {
        var room = [UInt8](repeating: 0, count: 4096)
        while unsafe read(descriptor.raw, &room, room.count) > 0 {}
    }
}

extension Cgroup {
    /// Watches for want of memory.
    ///
    /// - Throws: `ApusError` where memory is not counted for this container, and when the cgroup is gone.
    public func watchOutOfMemory() throws(ApusError) -> OutOfMemoryWatch {
        guard let (path, version) = directory(of: .memory) else {
            throw ApusError(.notSupported, "cannot watch the memory of container \(record.name): it has no cgroup that counts it")
        }
        return try OutOfMemoryWatch(path, version, tree: tree)
    }
}
