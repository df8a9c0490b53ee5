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

    /// Where hooks start: the bundle, in the host's namespaces.
    var directory: String
    /// The environment of a hook in the container that names none; on the host it has ours, as in runc and crun.
    var environment: [String] = []
    /// What a hook runs as that stands before the container's program and may be the image's: nil for the runtime's own rights.
    private var program: (process: Process, filter: SeccompProgram?)?
    /// The container's process and the namespaces that it has of its own.
    let container: (descriptor: Int32, namespaces: NamespaceKinds)?

    /// Hooks of a bundle's container.
    init(bundle: String, container: (descriptor: Int32, namespaces: NamespaceKinds)?) {
        directory = bundle
        self.container = container
    }

    /// Runs the hooks of one moment in their order, each with the state on its stdin.
    ///
    /// - Parameter inside: whether they run in the container's namespaces.
    /// - Throws: `ApusError` for the first that fails, with what it wrote to stderr; the others are not run.
    func run(_ hooks: [Hook]?, _ moment: Moment, state: [UInt8], inside: Bool) throws(ApusError) {
        for (index, hook) in (hooks ?? []).enumerated() {
            try run(hook, Self.name(moment, index, hook), state: state, inside: inside)
        }
    }

    /// Hooks whose failure must not stop what goes on: each is run, and what went wrong is told.
    func runAll(_ hooks: [Hook]?, _ moment: Moment, state: [UInt8], complain: (ApusError) -> Void) {
        for (index, hook) in (hooks ?? []).enumerated() {
            do throws(ApusError) { try run(hook, Self.name(moment, index, hook), state: state, inside: false) } catch { complain(error) }
        }
    }

    /// As runc names one, for engines that look for its words.
    private static func name(_ moment: Moment, _ index: Int, _ hook: Hook) -> String {
        "error running \(moment.rawValue) hook #\(index): error running hook \(hook.path) (hooks.\(moment.rawValue)[\(index)])"
    }

    /// For hooks that stand before the container's program: with its directory, environment, rights and filter (runc's startContainer).
    mutating func enterProgram(of spec: Spec?, _ cache: SeccompCache) throws(ApusError) {
        directory = spec?.process?.cwd ?? "/"
        environment = spec?.process?.env ?? []
        guard let process = spec?.process, spec?.hooks?.startContainer?.isEmpty == false else { return }
        var filter: SeccompProgram?
        if let profile = spec?.linux?.seccomp { filter = try cache.program(for: profile) }
        program = (process, filter)
    }

    private func run(_ hook: Hook, _ name: String, state: [UInt8], inside: Bool) throws(ApusError) {
        // Files without a name: a hook that reads nothing, or writes much, holds up nobody.
        let input = try memory(name, state)
        let output = try memory(name, [])
        var report: Int32 = -1
        let child = try spawn(hook, name, stdio: [input.raw, output.raw, output.raw], inside: inside, report: &report)
        let reportEnd = OwnedFD(adopting: report)
        let status = try wait(for: child, name, seconds: hook.timeout)
        var error: Int32 = 0
        let told = unsafe read(reportEnd.raw, &error, MemoryLayout<Int32>.size)
        if told > 0 { throw ApusError(errno: error, name) }
        if status != 0 { throw ApusError(.system, "\(name): \(text(of: status))\(said(output.raw))") }
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

    private func memory(_ name: String, _ content: [UInt8]) throws(ApusError) -> OwnedFD {
        let fd = OwnedFD(adopting: try systemCall("\(name): cannot make memory for it") { unsafe apus_memfd_create("apus-hook", 1) })
        try writeAll(fd.raw, content, name: name)
        let raw = fd.raw
        lseek(raw, 0, SEEK_SET)
        return fd
    }

    private func spawn(_ hook: Hook, _ name: String, stdio: [Int32], inside: Bool, report: inout Int32) throws(ApusError) -> pid_t {
        let words = hook.args?.isEmpty == false ? hook.args! : [hook.path]
        var arguments = unsafe words.map { unsafe strdup($0) } + [nil]
        var environment = unsafe (hook.env ?? (inside ? environment : Self.ownEnvironment)).map { unsafe strdup($0) } + [nil]
        defer { _ = unsafe (arguments + environment).map { unsafe free($0) } }
        let joined = inside ? container : nil
        let kinds = Int32(truncatingIfNeeded: joined?.namespaces.rawValue ?? 0)
        let instructions = program?.filter?.instructions ?? []
        let groups = program?.process.user.additionalGids ?? []
        var rights = unsafe apus_hook_program()
        unsafe self.fill(&rights)
        let child = unsafe instructions.withUnsafeBytes { room in
            unsafe groups.withUnsafeBufferPointer { list in
                // A second listener would have no supervisor: calls that wait for one fail in the hook.
                unsafe rights.instructions = room.baseAddress
                unsafe rights.count = UInt16(room.count / 8)
                unsafe rights.groups = list.baseAddress
                unsafe rights.group_count = list.count
                return unsafe apus_spawn_hook(
                    hook.path, &arguments, &environment, stdio, directory, joined?.descriptor ?? -1, kinds, &rights, &report)
            }
        }
        let number = errno
        if child < 0 { throw ApusError(errno: number, name) }
        return child
    }

    /// Ids and capabilities, as the plan gives them to the program.
    private func fill(_ rights: inout apus_hook_program) {
        guard let process = program?.process else {
            unsafe rights.keeps_rights = true
            return
        }
        var ignored: [String] = []
        let masks = CapabilityMasks(process.capabilities ?? LinuxCapabilities(), ignored: &ignored)
        unsafe rights.no_new_privileges = process.noNewPrivileges == true
        unsafe (rights.uid, rights.gid) = (process.user.uid, process.user.gid)
        unsafe rights.bounding = masks.bounding.mask
        unsafe rights.effective = masks.effective.mask
        unsafe rights.permitted = masks.permitted.mask
        unsafe rights.inheritable = masks.inheritable.mask
        unsafe rights.ambient = masks.ambient.mask & masks.permitted.mask & masks.inheritable.mask
    }

    /// Its wait(2) status, once it has ended.
    private func wait(for child: pid_t, _ name: String, seconds: Int?) throws(ApusError) -> Int32 {
        let handle = try ProcessHandle(pid: child)
        let inTime = try handle.waitForEnd(seconds: seconds.map { Double($0) })
        // The session, for what it has started too.
        if !inTime { kill(-child, SIGKILL); _ = try handle.send(SIGKILL) }
        var status: Int32 = 0
        while unsafe waitpid(child, &status, 0) < 0 && errno == EINTR {}
        if !inTime { throw ApusError(.system, "\(name): it did not end within its timeout of \(seconds ?? 0) s") }
        return status
    }

    private func text(of status: Int32) -> String {
        if status & 0x7f == 0 { return "exit status \(status >> 8 & 0xff)" }
        guard let name = unsafe strsignal(status & 0x7f) else { return "signal \(status & 0x7f)" }
        return "signal: \(unsafe String(cString: name).lowercased())"
    }

    private func said(_ output: Int32) -> String {
        var room = [UInt8](repeating: 0, count: 1024)
        let count = unsafe pread(output, &room, room.count, 0)
        let lines = String(decoding: room.prefix(max(0, count)), as: UTF8.self).split(whereSeparator: \.isNewline)
        return lines.isEmpty ? "" : " (\(lines.joined(separator: ", ")))"
    }
}
