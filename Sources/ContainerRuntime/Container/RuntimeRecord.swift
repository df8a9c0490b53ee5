import Cgroups

/// What is on record of a container of the OCI runtime: `state.json` in its state directory.
struct RuntimeRecord: Sendable, Equatable {
    /// The version of this record's form.
    var schemaVersion = 1
    /// The container's ID.
    var id: String
    /// `ociVersion` of its config.json.
    var ociVersion: String
    /// The bundle's absolute path.
    var bundle: String
    /// The rootfs's absolute path on the host.
    var rootfs: String
    /// When it was created, RFC 3339.
    var created: String
    /// The user who created it.
    var owner: UInt32
    /// Its first process; nil while it is being created.
    var pid: Int32?
    /// When that process started, in ticks since boot: a number that was used again is another process (proc(5), field 22 of stat).
    var processStart: UInt64?
    /// What the process does after `start`; nil once it runs.
    var remainder: LaunchRemainder?
    /// Its cgroup.
    var cgroup: CgroupRecord?
    /// Where its cgroup is about to be made; nil once it is.
    var plannedCgroup: CgroupRecord?
    /// The scope of systemd that holds it.
    var unit: SystemdUnit?
    /// The namespaces that `exec` joins, CLONE_NEW* bits.
    var namespaces: UInt64 = 0
    /// Annotations of config.json.
    var annotations: [String: String]?
    /// Whether config.json has something that `start` or `delete` must look at.
    var concernsLater = false
}
