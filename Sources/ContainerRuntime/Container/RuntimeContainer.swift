import Cgroups
import Glibc
import JSONCoding
public import LinuxSystem
public import OCISpec

/// A container of the OCI runtime.
public struct RuntimeContainer: Sendable {
    var record: RuntimeRecord
    let store: RuntimeStore

    init(_ record: RuntimeRecord, _ store: RuntimeStore) {
        self.record = record
        self.store = store
    }

    /// Its ID.
    public var id: String { record.id }
    /// The bundle's path.
    public var bundle: String { record.bundle }
    /// The rootfs's path on the host.
    public var rootfs: String { record.rootfs }
    /// When it was created, RFC 3339.
    public var created: String { record.created }
    /// The user who created it.
    public var owner: UInt32 { record.owner }
    /// Its cgroup; nil while it is being created.
    var cgroup: Cgroup? { record.cgroup.map { Cgroup(existing: $0) } }

    var directory: String { store.directory(id) }

    /// Its first process, held so that a number that is used again is not taken for it; nil when that has ended.
    func process() throws(ApusError) -> ProcessHandle? {
        guard let pid = record.pid else { return nil }
        do {
            let handle = try ProcessHandle(pid: pid)
            // After the handle: what has this start time now is what the handle holds, or has ended since.
            guard isAlive else { return nil }
            return handle
        } catch  where error.errno == ESRCH {
            return nil
        }
    }

    private var isAlive: Bool {
        guard let pid = record.pid, let stat = ProcessStat(pid: pid) else { return false }
        return stat.start == record.processStart && !stat.hasEnded
    }

    /// Where it is in its life, from what the kernel says now.
    public func status() -> ContainerStatus {
        // Who is creating it holds the lock; a creation that was cut off left something to delete.
        if record.pid == nil { return store.isLocked(id) ? .creating : .stopped }
        guard isAlive else { return .stopped }
        if let cgroup, (try? cgroup.isFrozen()) == true { return .paused }
        return record.remainder != nil && StartSocket.isAwaited(directory) ? .created : .running
    }

    /// The pid of its first process on the host; 0 when it is stopped.
    public func pid(in status: ContainerStatus) -> Int32 { status == .stopped ? 0 : record.pid ?? 0 }

    /// What `state` prints and hooks read (runtime.md, "State").
    public func state(_ status: ContainerStatus? = nil, pid: Int32? = nil) -> State {
        let status = status ?? self.status()
        return State(
            ociVersion: record.ociVersion, id: id, status: status.rawValue, pid: Int(pid ?? self.pid(in: status)), bundle: bundle,
            annotations: record.annotations)
    }

    /// The specification that it was created with.
    public func spec() throws(ApusError) -> Spec { try SpecFile.read("\(directory)/config.json") }

    func hookState(_ status: ContainerStatus, pid: Int32? = nil) -> [UInt8] { state(status, pid: pid).json.text }
}
