import CShim
import Glibc
public import LinuxSystem
import OCISpec

extension RuntimeContainer {
    /// Lets a created container run its program (runtime.md, "Start").
    ///
    /// - Throws: `ApusError` when it is in another state, when a hook fails (the container is stopped then), or with the sentence of the step that failed.
    public func start() throws(ApusError) {
        let notify = try startHoldingLock()
        // Without the lock: a program that never says so must not keep others from the container.
        guard notify.descriptor.raw >= 0 else { return }
        let container = try store.find(id)
        if let process = try container.process() { try notify.waitUntilReady(process, watched: container.record.pid ?? 0) }
    }

    private func startHoldingLock() throws(ApusError) -> NotifySocket {
        let lock = try store.lock(id)
        defer { withExtendedLifetime(lock.raw) {} }
        // As it is now that the lock is held.
        var container = try store.find(id)
        let status = container.status()
        guard status == .created, let pid = container.record.pid, let process = try container.process() else {
            throw ApusError(.conflict, "cannot start a container that is not created: \(id) is \(status.rawValue)")
        }
        guard let connection = try StartSocket.connect(directory) else {
            throw ApusError(.conflict, "cannot start a container that is not created: \(id) has ended or is running")
        }
        let spec = container.record.concernsLater ? try container.spec() : nil
        let hooks = spec?.hooks
        var runner = HookRunner(
            bundle: bundle, container: (process.descriptor.raw, NamespaceKinds(rawValue: container.record.namespaces)))
        do throws(ApusError) {
            try runner.enterProgram(of: container.specWithHome(spec), store.seccompCache)
            try runner.run(hooks?.startContainer, .startContainer, state: container.hookState(.created), inside: true)
        } catch {
            // The container is to be stopped, and the life goes on with delete.
            try? container.killAll()
            throw error
        }
        let notify = try NotifySocket.listen(in: directory)
        try container.go(connection, process, spec?.linux?.seccomp)
        container.record.remainder = nil
        try store.write(container.record)
        do throws(ApusError) {
            let runner = HookRunner(bundle: bundle, container: nil)
            try runner.run(hooks?.poststart, .poststart, state: container.hookState(.running, pid: pid), inside: false)
        } catch {
            try? container.killAll()
            throw error
        }
        return notify
    }

    /// The specification with the environment that the program has.
    private func specWithHome(_ spec: Spec?) -> Spec? {
        guard var spec, let root = try? openFile("/proc/\(record.pid ?? 0)/root", openPathOnly | O_DIRECTORY) else { return spec }
        spec.process?.addHome(AccountDatabase.tolerant(root: root))
        return spec
    }

    /// Says go, and hears whether the program runs: the connection ends with the exec.
    private func go(_ connection: borrowing OwnedFD, _ process: borrowing ProcessHandle, _ seccomp: LinuxSeccomp?) throws(ApusError) {
        let raw = connection.raw
        try systemCall("cannot start container \(id)") { unsafe send(raw, "g", 1, Int32(MSG_NOSIGNAL)) }
        while true {
            var message = apus_child_message()
            try waitUntilReadable(raw)
            let length = try systemCall("cannot start container \(id)") { unsafe recv(raw, &message, MemoryLayout<apus_child_message>.size, 0) }
            if length == 0 { return }
            if message.kind == APUS_CHILD_FAILED {
                let error = record.remainder?.failure(step: Int(message.step), errno: message.error)
                throw error ?? ApusError(errno: message.error, "cannot start container \(id)")
            }
            if message.kind == APUS_CHILD_LISTENER {
                // As the monitor does for a process that does not wait for start.
                let listener = OwnedFD(
                    adopting: try systemCall("cannot take the seccomp listener of container \(id)") { [held = process.descriptor.raw, number = message.error] in
                        apus_pidfd_getfd(held, number)
                    })
                try ProcessStart.pass(listener, of: record.pid ?? 0, to: seccomp, state: state(.created))
                try systemCall("cannot start container \(id)") { unsafe send(raw, "l", 1, Int32(MSG_NOSIGNAL)) }
            }
        }
    }

    private func waitUntilReadable(_ descriptor: Int32) throws(ApusError) {
        var set = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        try systemCall("cannot wait for container \(id)") { unsafe poll(&set, 1, -1) }
    }
}
