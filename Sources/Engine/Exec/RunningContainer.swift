import CShim
import Cgroups
import Glibc
import LinuxSystem

/// A running container, held so that nothing else can be taken for it: its number may be another process's a moment later, its pidfd cannot.
struct RunningContainer: ~Copyable {
    let record: ContainerRecord
    /// Process 1 (pidfd_open(2)).
    let process: OwnedFD
    /// The root directory as process 1 sees it.
    ///
    /// Paths below it are resolved by `openInRoot` only: a link in it would lead through the host's.
    let root: OwnedFD
    /// Its control group.
    let cgroup: Cgroup

    /// Takes hold of a container.
    ///
    /// - Throws: `ApusError` with `.conflict` when it is not running or paused.
    init(_ record: ContainerRecord, _ containers: ContainerStore) throws(ApusError) {
        let state = try containers.state(of: record)
        guard let run = state.run else { throw Self.notRunning(record) }
        if state.status == .paused {
            throw ApusError(.conflict, "container \(record.name) is paused", hint: "unpause the container before exec")
        }
        let process = try Self.reach(record) { () throws(ApusError) in
            OwnedFD(adopting: try systemCall("cannot reach container \(record.name)") { apus_pidfd_open(run.pid, 0) })
        }
        let root = try Self.reach(record) { () throws(ApusError) in try openFile("/proc/\(run.pid)/root", openPathOnly | O_DIRECTORY) }
        // The monitor takes the run record away before it reaps process 1: while it is there, the number was the container's.
        guard try containers.state(of: record).run == run, let cgroup = try containers.cgroup(of: record) else { throw Self.notRunning(record) }
        self.record = record
        self.process = process
        self.root = root
        self.cgroup = cgroup
    }

    private static func reach(_ record: ContainerRecord, _ open: () throws(ApusError) -> OwnedFD) throws(ApusError) -> OwnedFD {
        do { return try open() } catch  where error.errno == ESRCH || error.errno == ENOENT { throw notRunning(record) }
    }

    /// Whether process 1 has ended, which may be why something failed.
    borrowing func hasEnded(after errno: Int32) -> Bool {
        // Its namespaces close before its end can be seen, so these two say that the end is near.
        let isEnding = errno == ESRCH || errno == ENOMEM
        var set = pollfd(fd: process.raw, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&set, 1, isEnding ? 1000 : 0) > 0
    }

    static func notRunning(_ record: ContainerRecord) -> ApusError {
        ApusError(.conflict, "container \(record.name) is not running")
    }
}
