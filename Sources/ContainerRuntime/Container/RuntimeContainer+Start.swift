import CShim
import Glibc
public import LinuxSystem
import OCISpec

extension RuntimeContainer {
    /// Lets a created container run its program (runtime.md, "Start").
    ///
    /// - Parameter complain: hears of poststart hooks that failed, which is no failure of the start.
    /// - Throws: `ApusError` when it is in another state, when a startContainer hook fails, or with the sentence of the step that failed.
    public func start(complain: (ApusError) -> Void) throws(ApusError) {
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
        let hooks = container.record.hasLateHooks ? try container.spec().hooks : nil
        let runner = HookRunner(
            bundle: bundle, container: (process.descriptor.raw, NamespaceKinds(rawValue: container.record.namespaces)))
        do throws(ApusError) {
            try runner.run(hooks?.startContainer, .startContainer, state: try container.hookState(.created), inside: true)
        } catch {
            // The container is to be stopped, and the life goes on with delete.
            try? container.killAll()
            throw error
        }
        try container.go(connection)
        container.record.remainder = nil
        try store.write(container.record)
        runner.runAll(hooks?.poststart, .poststart, state: try container.hookState(.running, pid: pid), complain: complain)
    }

    /// Says go, and hears whether the program runs: the connection ends with the exec.
    private func go(_ connection: borrowing OwnedFD) throws(ApusError) {
        let raw = connection.raw
        try systemCall("cannot start container \(id)") { unsafe send(raw, "g", 1, Int32(MSG_NOSIGNAL)) }
        while true {
            var message = apus_child_message()
            var descriptor: Int32 = -1
            var received = 0
            try waitUntilReadable(raw)
            let length = try systemCall("cannot start container \(id)") {
                unsafe apus_receive_message(raw, &message, MemoryLayout<apus_child_message>.size, &descriptor, 1, &received)
            }
            if length == 0 { return }
            if message.kind == APUS_CHILD_FAILED {
                let error = record.remainder?.failure(step: Int(message.step), errno: message.error)
                throw error ?? ApusError(errno: message.error, "cannot start container \(id)")
            }
            if descriptor >= 0 { close(descriptor) }
        }
    }

    private func waitUntilReadable(_ descriptor: Int32) throws(ApusError) {
        var set = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        try systemCall("cannot wait for container \(id)") { unsafe poll(&set, 1, -1) }
    }
}
