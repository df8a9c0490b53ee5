import CommandLine

/// A small tree with every kind of flag, for the tests of this target.
enum Sample {
    static let root = Flag.string("root", value: "directory", completing: .directory, help: "Where state is kept")
    static let debug = Flag.bool("debug", short: "D", help: "Enable debug mode")

    static let rm = Flag.bool("rm", help: "Remove the container when it exits")
    static let name = Flag.string("name", help: "Assign a name to the container")
    static let env = Flag.list("env", short: "e", help: "Set environment variables")
    static let interactive = Flag.bool("interactive", short: "i", help: "Keep STDIN open")
    static let tty = Flag.bool("tty", short: "t", help: "Allocate a pseudo-TTY")
    static let detach = Flag.bool("detach", short: "d", help: "Run in background")
    static let publish = Flag.list("publish", short: "p", help: "Publish a port")
    static let cpuShares = Flag.int("cpu-shares", short: "c", help: "CPU shares (relative weight)")
    static let network = Flag.string("network", default: "none", completing: .words(["none", "host"]), help: "Connect to a network")
    static let explain = Flag.string("explain", implicitValue: "plan", help: "Print the launch plan")
    static let memory = Flag.value("memory", short: "m", value: "bytes", help: "Memory limit") { text throws(InvalidValue) in
        guard let bytes = Int(text) else { throw InvalidValue("invalid size") }
        return bytes
    }
    static let platform = RefusedFlag("platform", because: "images of one architecture only")

    static let all = Flag.bool("all", short: "a", help: "Show all containers (default shows just running)")
    static let last = Flag.int("last", short: "n", default: -1, help: "Show n last created containers")
    static let filter = Flag.list("filter", short: "f", value: "filter", help: "Filter output\nby conditions")

    static let ps = Command(
        "ps", abstract: "List containers",
        flags: [all, last, filter]
    ) { _ in 0 }
    static let run = Command(
        "run", abstract: "Create and run a new container from an image", discussion: "The image may be a tarball.",
        positionals: Positionals("IMAGE [COMMAND] [ARG...]", completing: .image, .none), interspersed: false, section: "Common Commands",
        flags: [rm, name, env, interactive, tty, detach, publish, cpuShares, network, explain, memory, platform]
    ) { _ in 0 }
    static let tree = Command(
        "apus", abstract: "Run containers",
        flags: [root, debug],
        subcommands: [
            run, ps,
            Command("rename", abstract: "Rename a container", positionals: Positionals("CONTAINER NEW_NAME", completing: .container, .none)) { _ in 0 },
            Command("stop", abstract: "Stop containers", positionals: Positionals("CONTAINER [CONTAINER...]", completing: .container)) { _ in 0 },
            Command("load", abstract: "Load an image", positionals: Positionals("[FILE]", completing: .file)) { _ in 0 },
            Command("container", abstract: "Manage containers", subcommands: [ps.renamed("ls", aliases: ["list", "ps"])]),
            Command("secret-command", abstract: "Not for people", hidden: true) { _ in 0 },
        ])

    /// The parsed command, or an error.
    static func parsed(_ words: String...) throws -> ParsedCommand { try parsed(words) }

    static func parsed(_ words: [String]) throws -> ParsedCommand {
        switch try tree.parse(words) {
        case .run(let parsed): return parsed
        case .help(_, let path): throw InvalidValue("help of \(path.joined(separator: " "))")
        }
    }

    /// The one line of the error, or "no error".
    static func complaint(_ words: String...) -> String {
        do {
            _ = try parsed(words)
            return "no error"
        } catch { return "\(error)" }
    }
}
