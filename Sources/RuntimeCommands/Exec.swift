import CommandLine
import ContainerRuntime
import LinuxSystem
import OCISpec

/// `apus-runtime exec`.
enum Exec {
    static let process = Flag.string("process", short: "p", completing: .file, help: "Path to a process.json, in place of the flags and the command")
    static let tty = Flag.bool("tty", short: "t", help: "Allocate a pseudo-TTY")
    static let user = Flag.string("user", short: "u", value: "UID[:GID]", help: "The user of the process")
    static let groups = Flag.values("additional-gids", short: "g", help: "Additional gids", parse: { text throws(InvalidValue) in try number(text) })
    static let cwd = Flag.string("cwd", help: "Current working directory in the container")
    static let env = Flag.list("env", short: "e", help: "Set environment variables")
    static let capabilities = Flag.list("cap", short: "c", help: "Add a capability to the bounding set for the process")
    static let apparmor = Flag.string("apparmor", help: "Set the apparmor profile for the process")
    static let processLabel = Flag.string("process-label", help: "Set the asm process label for the process, commonly used with selinux")
    static let noNewPrivileges = Flag.bool("no-new-privs", help: "Set the no new privileges value for the process")
    static let ignorePaused = Flag.bool("ignore-paused", help: "Allow exec in a paused container")
    static let cgroup = Flag.list("cgroup", value: "PATH", help: "Run the process in an (existing) sub-cgroup; CONTROLLER:PATH for one of cgroup v1")

    static let command = Command(
        "exec", abstract: "Execute a new process inside a container", positionals: "ID [COMMAND] [ARG...]", interspersed: false,
        flags: [
            RuntimeFlags.consoleSocket, RuntimeFlags.pidfdSocket, cwd, env, tty, user, groups, process, RuntimeFlags.detach, RuntimeFlags.pidFile, processLabel,
            apparmor,
            noNewPrivileges, capabilities, RuntimeFlags.preserveFDs, cgroup, ignorePaused,
        ],
        action: { parsed in
            let container = try RuntimeFlags.container(parsed)
            let process = try Self.process(parsed, container)
            var options = ExecOptions()
            options.consoleSocket = RuntimeFlags.text(parsed, RuntimeFlags.consoleSocket)
            options.pidfdSocket = RuntimeFlags.text(parsed, RuntimeFlags.pidfdSocket)
            options.pidFile = RuntimeFlags.text(parsed, RuntimeFlags.pidFile)
            options.preservedDescriptors = parsed[RuntimeFlags.preserveFDs]
            options.ignoresPause = parsed[ignorePaused]
            options.servesTerminal = process.terminal == true && !parsed[RuntimeFlags.detach] && options.consoleSocket == nil
            options.cgroups = parsed[cgroup]
            if !parsed[RuntimeFlags.detach] { try LaunchedProcess.holdSignals() }
            let log = try RuntimeLog(parsed)
            log.debug(.setup, "a process of \(container.id)")
            if let list = process.execCPUAffinity?.initial, !list.isEmpty {
                log.debug(.setup, "affinity: \(try NumberSet(list, field: "process.execCPUAffinity.initial").hexadecimal)")
            }
            let launched = try container.exec(process, options, complain: RuntimeFlags.complaint(parsed))
            log.debug(.cloned, "pid \(launched.pid)")
            log.debug(.executed, process.args?.first ?? "")
            return parsed[RuntimeFlags.detach] ? 0 : try launched.wait()
        })

    private static func process(_ parsed: ParsedCommand, _ container: RuntimeContainer) throws(ApusError) -> Process {
        let arguments = Array(parsed.positionals.dropFirst())
        if let path = RuntimeFlags.text(parsed, Exec.process) {
            var process = try SpecFile.readProcess(path)
            if parsed[tty] { process.terminal = true }
            return process
        }
        guard !arguments.isEmpty else { throw ApusError(.invalidArgument, "process args cannot be empty", hint: "name a command, or use --process") }
        guard var process = try container.spec().process else { throw ApusError(.invalidArgument, "process is missing in the container's config.json") }
        process.args = arguments
        process.terminal = parsed[tty]
        process.consoleSize = nil
        if let cwd = RuntimeFlags.text(parsed, cwd) { process.cwd = cwd }
        process.env = (process.env ?? []) + parsed[env]
        if let profile = RuntimeFlags.text(parsed, apparmor) { process.apparmorProfile = profile }
        if let label = RuntimeFlags.text(parsed, processLabel) { process.selinuxLabel = label }
        if parsed[noNewPrivileges] { process.noNewPrivileges = true }
        if !parsed[capabilities].isEmpty { process.capabilities = added(parsed[capabilities], to: process.capabilities) }
        if let user = RuntimeFlags.text(parsed, user) { try change(&process.user, user) }
        if !parsed[groups].isEmpty { process.user.additionalGids = (process.user.additionalGids ?? []) + parsed[groups] }
        return process
    }

    /// As runc: ambient ones only where the container has inheritable ones, without which the kernel refuses them.
    private static func added(_ names: [String], to sets: LinuxCapabilities?) -> LinuxCapabilities {
        var sets = sets ?? LinuxCapabilities()
        sets.bounding = (sets.bounding ?? []) + names
        sets.effective = (sets.effective ?? []) + names
        sets.permitted = (sets.permitted ?? []) + names
        if sets.inheritable?.isEmpty == false { sets.ambient = (sets.ambient ?? []) + names }
        return sets
    }

    private static func change(_ user: inout User, _ text: String) throws(ApusError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let uid = UInt32(parts[0]) else { throw ApusError(.invalidArgument, "parsing \(parts[0]) as int for uid failed", hint: "a number is wanted") }
        user.uid = uid
        guard parts.count > 1 else { return }
        guard let gid = UInt32(parts[1]) else { throw ApusError(.invalidArgument, "parsing \(parts[1]) as int for gid failed", hint: "a number is wanted") }
        user.gid = gid
    }

    private static func number(_ text: String) throws(InvalidValue) -> UInt32 {
        guard let number = UInt32(text) else { throw InvalidValue("a group's number is wanted") }
        return number
    }
}
