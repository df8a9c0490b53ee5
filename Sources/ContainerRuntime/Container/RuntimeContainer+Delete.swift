import Cgroups
import Glibc
public import LinuxSystem
import OCISpec

extension RuntimeContainer {
    /// Removes a stopped container, or a created one, which is killed before (runtime.md, "Delete").
    ///
    /// - Parameters:
    ///   - force: whether a running one is killed.
    ///   - complain: hears of poststop hooks that failed, which does not keep the container.
    public func delete(force: Bool, complain: (ApusError) -> Void) throws(ApusError) {
        let lock = try store.lock(id)
        defer { withExtendedLifetime(lock.raw) {} }
        let container = try store.find(id)
        switch container.status() {
        case .stopped, .creating: break
        case .created: try container.end()
        case let status:
            guard force else {
                throw ApusError(.conflict, "cannot delete container \(id) that is not stopped: \(status.rawValue)")
            }
            try container.end()
        }
        try container.remove(complain: complain)
    }

    /// Kills everything and waits until the first process has ended.
    private func end() throws(ApusError) {
        let process = try process()
        try killAll()
        guard let process else { return }
        guard try process.waitForEnd(seconds: 10) else {
            throw ApusError(.system, "container \(id) did not end within 10 s of SIGKILL", hint: "a process of it may hang in the kernel")
        }
    }

    /// Removes what is left: processes without a pid namespace of their own, the cgroup, the state; then poststop hooks run.
    func remove(complain: (ApusError) -> Void) throws(ApusError) {
        let spec = record.concernsLater ? try? self.spec() : nil
        if let cgroup {
            try cgroup.kill()
            try cgroup.remove(within: 10)
        } else if let planned = record.plannedCgroup {
            Cgroup.discard(planned: planned)
        }
        try record.unit?.stop()
        if let settings = spec?.linux?.intelRdt { try ResctrlGroup.remove(settings, containerID: id) }
        let state = hookState(.stopped)
        try removeTree(directory)
        HookRunner(bundle: bundle, container: nil).runAll(spec?.hooks?.poststop, .poststop, state: state, complain: complain)
    }
}
