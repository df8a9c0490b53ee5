import CShim
import Glibc
import LinuxSystem
import OCISpec

/// Runs the hooks of one container (config.md, "POSIX-platform Hooks").
struct HookRunner {
    /// The moments of hooks, named as in the specification.
    enum Moment: String {
        case prestart, createRuntime, createContainer, startContainer, poststart, poststop
    }

    /// The bundle, in which hooks of the host's namespaces run.
    let bundle: String
    /// The container's process and the namespaces that it has of its own.
    let container: (descriptor: Int32, namespaces: NamespaceKinds)?
    /// The environment of the program, which startContainer hooks without one of their own have.
    var programEnvironment: [String] = []

    /// Runs the hooks of one moment in their order, each with the state on its stdin.
    ///
    /// - Parameter inside: whether they run in the container's namespaces.
    /// - Throws: `ApusError` for the first that fails, with what it wrote to stderr; the others are not run.
    func run(_ hooks: [Hook]?, _ moment: Moment, state: [UInt8], inside: Bool) throws(ApusError) {
        for (index, hook) in (hooks ?? []).enumerated() {
            let name = "hooks.\(moment.rawValue)[\(index)] \(hook.path)"
            try run(hook, environment(hook, moment), name, state: state, inside: inside)
        }
    }

    /// What a hook without `env` has, as in runc: the runtime's own environment on the host, the program's where that is about to run.
    private func environment(_ hook: Hook, _ moment: Moment) -> [String] {
        if let own = hook.env { return own }
        switch moment {
        case .startContainer: return programEnvironment
        case .createContainer: return []
        case .prestart, .createRuntime, .poststart, .poststop: return Self.ownEnvironment
        }
    }

    private static var ownEnvironment: [String] {
        var variables: [String] = []
        var next = unsafe environ
        while let variable = unsafe next.pointee {
            unsafe variables.append(String(cString: variable))
            unsafe next += 1
        }
        return variables
    }

    /// Hooks whose failure must not stop what goes on: each is run, and what went wrong is told.
    func runAll(_ hooks: [Hook]?, _ moment: Moment, state: [UInt8], complain: (ApusError) -> Void) {
        for (index, hook) in (hooks ?? []).enumerated() {
            let name = "hooks.\(moment.rawValue)[\(index)] \(hook.path)"
            do throws(ApusError) { try run(hook, environment(hook, moment), name, state: state, inside: false) } catch { complain(error) }
        }
    }

    private func run(_ hook: Hook, _ environment: [String], _ name: String, state: [UInt8], inside: Bool) throws(ApusError) {
        // Files without a name: a hook that reads nothing, or writes much, holds up nobody.
        let input = try memory(name, state)
        let output = try memory(name, [])
        var report: Int32 = -1
        let child = try spawn(hook, environment, name, stdio: [input.raw, output.raw, output.raw], inside: inside, report: &report)
        let reportEnd = OwnedFD(adopting: report)
        let status = try wait(for: child, name, seconds: hook.timeout)
        var error: Int32 = 0
        let told = unsafe read(reportEnd.raw, &error, MemoryLayout<Int32>.size)
        if told > 0 { throw ApusError(errno: error, "cannot run \(name)") }
        if status != 0 { throw ApusError(.system, "\(name) failed: \(text(of: status))\(said(output.raw))") }
    }

    private func memory(_ name: String, _ content: [UInt8]) throws(ApusError) -> OwnedFD {
        let fd = OwnedFD(adopting: try systemCall("cannot make memory for \(name)") { unsafe apus_memfd_create("apus-hook", 1) })
        try writeAll(fd.raw, content, name: name)
        let raw = fd.raw
        lseek(raw, 0, SEEK_SET)
        return fd
    }

    private func spawn(
        _ hook: Hook, _ variables: [String], _ name: String, stdio: [Int32], inside: Bool, report: inout Int32
    ) throws(ApusError) -> pid_t {
        let words = hook.args?.isEmpty == false ? hook.args! : [hook.path]
        var arguments = unsafe words.map { unsafe strdup($0) } + [nil]
        var environment = unsafe variables.map { unsafe strdup($0) } + [nil]
        defer { _ = unsafe (arguments + environment).map { unsafe free($0) } }
        let joined = inside ? container : nil
        let kinds = Int32(truncatingIfNeeded: joined?.namespaces.rawValue ?? 0)
        let child = unsafe apus_spawn_hook(hook.path, &arguments, &environment, stdio, bundle, joined?.descriptor ?? -1, kinds, &report)
        let number = errno
        if child < 0 { throw ApusError(errno: number, "cannot run \(name)") }
        return child
    }

    /// Its wait(2) status, once it has ended.
    private func wait(for child: pid_t, _ name: String, seconds: Int?) throws(ApusError) -> Int32 {
        let handle = try ProcessHandle(pid: child)
        let inTime = try handle.waitForEnd(seconds: seconds.map { Double($0) })
        // The session, for what it has started too.
        if !inTime { kill(-child, SIGKILL); _ = try handle.send(SIGKILL) }
        var status: Int32 = 0
        while unsafe waitpid(child, &status, 0) < 0 && errno == EINTR {}
        if !inTime { throw ApusError(.system, "\(name) did not end within its timeout of \(seconds ?? 0) s") }
        return status
    }

    private func text(of status: Int32) -> String {
        status & 0x7f == 0 ? "exit status \(status >> 8 & 0xff)" : "signal \(status & 0x7f)"
    }

    private func said(_ output: Int32) -> String {
        var room = [UInt8](repeating: 0, count: 1024)
        let count = unsafe pread(output, &room, room.count, 0)
        let lines = String(decoding: room.prefix(max(0, count)), as: UTF8.self).split(whereSeparator: \.isNewline)
        return lines.isEmpty ? "" : " (\(lines.joined(separator: ", ")))"
    }
}
