import Cgroups
import Glibc
public import LinuxSystem
import OCISpec

/// One `create` or `run`, from the bundle to a process that waits for `start` or runs.
///
/// Whatever was made is undone when a later step fails; a creation that is killed leaves a state that `delete` removes.
public struct ContainerCreation {
    let store: RuntimeStore
    let options: CreationOptions
    /// Whether the process waits for `start`.
    let waits: Bool
    let complain: (ApusError) -> Void
    var spec: Spec
    let host: CgroupHost
    var record: RuntimeRecord

    /// Creates a container and leaves its process waiting for `start` (runtime.md, "Create").
    ///
    /// - Parameter complain: hears of hooks that failed without a consequence.
    public static func create(
        _ id: String, in store: RuntimeStore, _ options: CreationOptions, complain: @escaping (ApusError) -> Void
    ) throws(ApusError) -> LaunchedProcess {
        try begin(id, in: store, options, waits: true, complain)
    }

    /// Creates a container and runs its program at once.
    public static func run(
        _ id: String, in store: RuntimeStore, _ options: CreationOptions, complain: @escaping (ApusError) -> Void
    ) throws(ApusError) -> LaunchedProcess {
        try begin(id, in: store, options, waits: false, complain)
    }

    private static func begin(
        _ id: String, in store: RuntimeStore, _ options: CreationOptions, waits: Bool, _ complain: @escaping (ApusError) -> Void
    ) throws(ApusError) -> LaunchedProcess {
        try RuntimeStore.validate(id)
        let bundle = try absolutePath(options.bundle)
        let (spec, bytes) = try SpecFile.readWithBytes(options.config ?? "\(bundle)/config.json")
        var options = options
        options.lookFromBundle(bundle)
        options.servesTerminal = options.isInFront && spec.process?.terminal == true
        // As early as may be: its exec and the network namespace are made beside all that follows.
        let monitor = try Monitor(
            program: try Monitor.program(), makesNetwork: spec.wantsOwnNetworkAlone, sharesStdio: !options.servesTerminal)
        if let sentence = spec.validate().first { throw ApusError(.invalidArgument, "\(bundle)/config.json: \(sentence)") }
        let host = try CgroupHost.detect()
        let lock = try store.reserve(id)
        defer { withExtendedLifetime(lock.raw) {} }
        var creation: ContainerCreation
        do {
            creation = try ContainerCreation(
                id, store, options, waits: waits, complain: complain, spec: spec, host: host, bundle: bundle)
            try replaceFile("\(store.directory(id))/config.json", with: bytes, mode: 0o600)
            try NotifySocket.prepare(&creation.spec, in: store.directory(id))
            try store.write(creation.record)
        } catch {
            try? removeTree(store.directory(id))
            throw error
        }
        do {
            return try creation.launch(monitor)
        } catch {
            creation.undo()
            throw error
        }
    }

    private init(
        _ id: String, _ store: RuntimeStore, _ options: CreationOptions, waits: Bool, complain: @escaping (ApusError) -> Void,
        spec: Spec, host: CgroupHost, bundle: String
    ) throws(ApusError) {
        self.store = store
        self.options = options
        self.waits = waits
        self.complain = complain
        self.spec = spec
        self.host = host
        let path = spec.root?.path ?? "rootfs"
        record = RuntimeRecord(
            id: id, ociVersion: spec.ociVersion, bundle: bundle, rootfs: try absolutePath(path.hasPrefix("/") ? path : "\(bundle)/\(path)"),
            created: Timestamp.now().description, owner: geteuid())
        if !options.systemdCgroup { record.plannedCgroup = try CgroupsPath(spec.linux?.cgroupsPath, id: id).planned(on: host) }
        record.annotations = spec.annotations
        let lateHooks = [spec.hooks?.startContainer, spec.hooks?.poststart, spec.hooks?.poststop].contains { $0?.isEmpty == false }
        record.concernsLater = lateHooks || spec.linux?.intelRdt != nil || spec.linux?.seccomp?.listenerPath?.isEmpty == false
        for namespace in spec.linux?.namespaces ?? [] {
            record.namespaces |= NamespaceKinds.byName.first { $0.name == namespace.type }?.kind.rawValue ?? 0
        }
    }

    /// Removes what was made; the first error is what the user needs.
    private func undo() {
        // Whatever was cloned is our child.
        if let record = record.cgroup { try? Cgroup(existing: record).kill() }
        ProcessStart.reapChildren()
        var record = record
        record.plannedCgroup = nil  // who makes a cgroup undoes it, and one that was there before is not ours
        try? RuntimeContainer(record, store).remove(complain: complain)
    }
}

/// The path without links, from the root (realpath(3)).
func absolutePath(_ path: String) throws(ApusError) -> String {
    guard let resolved = unsafe realpath(path, nil) else {
        let number = errno
        throw ApusError(errno: number, "cannot find \(path)")
    }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
}

extension Spec {
    /// Whether the container gets a network namespace that the monitor may make: with a user namespace, that has to own it.
    fileprivate var wantsOwnNetworkAlone: Bool {
        let namespaces = linux?.namespaces ?? []
        return namespaces.contains { $0.type == "network" && $0.path?.isEmpty != false } && !namespaces.contains { $0.type == "user" }
    }
}

extension ContainerCreation {
    /// The variable HOME, where the specification has none, as runc sets it.
    mutating func addHome(_ accounts: AccountDatabase) { spec.process?.addHome(accounts) }

    /// Descriptors 3 and up, first those that systemd passed (sd_listen_fds(3)).
    ///
    /// - Throws: `ApusError` for the first that is not open.
    static func preserved(_ count: Int) throws(ApusError) -> [Int32] {
        var numbers: [Int32] = []
        for number in 3..<Int32(clamping: 3 + max(0, min(count, 1 << 30)) + ListenDescriptors.count) {
            guard fcntl(number, F_GETFD) >= 0 else {
                throw ApusError(.invalidArgument, "cannot preserve \(count) descriptors (--preserve-fds): \(number) is not open")
            }
            numbers.append(number)
        }
        return numbers
    }
}
