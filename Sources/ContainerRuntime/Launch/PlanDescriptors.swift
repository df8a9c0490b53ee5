import Glibc
public import LinuxSystem

/// The descriptors of one plan in its order, opened or borrowed; those it opened are closed with it.
public final class PlanDescriptors {
    /// The numbers, in the order of `plan.descriptors`.
    public private(set) var numbers: [Int32] = []
    private var owned: [Int32] = []

    /// What the caller holds already.
    public struct Given {
        /// The detached root mount.
        public var root: Int32 = -1
        /// The v2 cgroup's directory.
        public var cgroup: Int32 = -1
        /// The v1 cgroups' `tasks` files.
        public var tasks: [Int32] = []
        /// The pidfd of the container to join.
        public var container: Int32 = -1
        /// The socket at which the process waits for `start`.
        public var startSocket: Int32 = -1
        /// What the monitor keeps.
        public var kept: [LaunchPlan.Kept: Int32] = [:]
        /// Nothing given.
        public init() {}
    }

    /// Opens what the plan names and the caller does not hold: namespace files and the host's side of bind mounts.
    ///
    /// - Throws: `ApusError` naming the path that cannot be opened.
    public init(for plan: LaunchPlan, given: Given) throws(ApusError) {
        for descriptor in plan.descriptors {
            switch descriptor {
            case .kept(let kept): numbers.append(given.kept[kept] ?? -1)
            case .root: numbers.append(given.root)
            case .cgroup: numbers.append(given.cgroup)
            case .tasks(let index): numbers.append(given.tasks[index])
            case .container: numbers.append(given.container)
            case .namespace(let path): own(try openFile(path, O_RDONLY))
            case .bind(let bind): own(try DetachedMount.bind(bind))
            case .startSocket: numbers.append(given.startSocket)
            case .preserved(let number): numbers.append(number)
            case .userNamespace(let idMap): own(try idMap.open())
            }
        }
    }

    private func own(_ descriptor: consuming OwnedFD) {
        let number = descriptor.take()
        owned.append(number)
        numbers.append(number)
    }

    deinit {
        for number in owned { close(number) }
    }
}
