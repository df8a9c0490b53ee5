import CommandLine
import ContainerRuntime
import Glibc
import LinuxSystem

/// Flags that stand before the command, and those that several commands share.
enum RuntimeFlags {
    static let root = Flag.string("root", completing: .directory, help: "Root directory for storage of container state (this should be located in tmpfs)")
    static let log = Flag.string("log", completing: .file, help: "Write errors and warnings to this file, beside stderr")
    static let logFormat = Flag.string("log-format", default: "text", completing: .words(["text", "json"]), help: "Set the log format")
    static let debug = Flag.bool("debug", help: "Log what is done too")
    static let rootless = Flag.string(
        "rootless", default: "auto", completing: .words(["true", "false", "auto"]), help: "Ignore cgroup permission errors (true, false or auto)")
    static let systemdCgroup = Flag.bool("systemd-cgroup", help: "Enable systemd cgroup support, expects cgroupsPath to be of form \"slice:prefix:name\"")
    static let criu = Flag.string("criu", hidden: true, help: "Accepted for runc's sake: checkpoints are not there")
    static let cgroupManager = Flag.string(
        "cgroup-manager", completing: .words(["cgroupfs", "systemd"]), hidden: true, help: "crun's word: systemd is --systemd-cgroup, cgroupfs the default")
    static let config = Flag.string("config", short: "f", completing: .file, help: "Path to the configuration, config.json in the bundle by default")
    static let version = Flag.bool("version", short: "v", help: "Print the version")

    static let global: [any DeclaredFlag] = [root, log, logFormat, debug, rootless, systemdCgroup, criu, cgroupManager, version]

    static let bundle = Flag.string("bundle", short: "b", default: ".", completing: .directory, help: "Path to the root of the bundle directory")
    static let consoleSocket = Flag.string(
        "console-socket", completing: .file, help: "Path to an AF_UNIX socket which will receive the master of the console's pseudoterminal")
    static let pidfdSocket = Flag.string(
        "pidfd-socket", completing: .file, help: "Path to an AF_UNIX socket which will receive a descriptor of the process (pidfd)")
    static let pidFile = Flag.string("pid-file", completing: .file, help: "File to write the process id to")
    static let preserveFDs = Flag.int(
        "preserve-fds", default: 0, help: "Pass N additional file descriptors to the container (stdio + $LISTEN_FDS + N in total)")
    static let noPivot = Flag.bool(
        "no-pivot", help: "Do not use pivot root to jail process inside rootfs; for a rootfs on top of a ramdisk")
    static let noNewKeyring = Flag.bool("no-new-keyring", help: "Do not create a new session keyring for the container")
    static let detach = Flag.bool("detach", short: "d", help: "Detach from the container's process")

    static func store(_ parsed: ParsedCommand) -> RuntimeStore {
        RuntimeStore(root: parsed[root].flatMap { $0.isEmpty ? nil : $0 } ?? RuntimeStore.standardRoot)
    }

    static func container(_ parsed: ParsedCommand) throws(ApusError) -> RuntimeContainer { try store(parsed).find(parsed.positionals[0]) }

    /// Whether systemd makes the cgroup.
    static func wantsSystemd(_ parsed: ParsedCommand) throws(ApusError) -> Bool {
        switch parsed[cgroupManager] {
        case nil, "cgroupfs": return parsed[systemdCgroup]
        case "systemd": return true
        case let name?: throw ApusError(.notSupported, "invalid --cgroup-manager \"\(name)\"", hint: "cgroupfs or systemd")
        }
    }

    /// Whether cgroups that may not be made are done without: `auto` means for a user without root.
    static func isRootless(_ parsed: ParsedCommand) throws(ApusError) -> Bool {
        switch parsed[rootless] {
        case "auto": return geteuid() != 0
        case let text:
            do throws(InvalidValue) { return try parseBool(text) } catch {
                throw ApusError(.invalidArgument, "invalid --rootless \"\(text)\"", hint: "true, false or auto")
            }
        }
    }

    /// Hears of what went wrong without a consequence.
    static func complaint(_ parsed: ParsedCommand) -> (ApusError) -> Void {
        let log = (try? RuntimeLog(parsed)) ?? RuntimeLog()
        return { log.warning($0.description) }
    }

    /// A text flag that was given and is not empty.
    static func text(_ parsed: ParsedCommand, _ flag: Flag<String?>) -> String? { parsed[flag].flatMap { $0.isEmpty ? nil : $0 } }
}
