import CommandLine
import Engine
import LinuxSystem
import SwitchControl

/// `apus switch …`: to see the virtual switch and to command it.
enum SwitchGroup {
    static let command = Command(
        "switch", abstract: "Manage the virtual switch",
        discussion: """
            A bridge is named by its own name or by the network that it carries; a port by its name, its interface, its number, or the name or id of its \
            container. Rules are written as for ovs-ofctl.
            """,
        subcommands: [
            SwitchShow.command, SwitchPorts.command, SwitchBridges.list, SwitchBridges.add, SwitchBridges.set, SwitchBridges.remove,
            SwitchPortChange.add, SwitchPortChange.set, SwitchPortChange.remove,
            SwitchRules.dump, SwitchRules.add, SwitchRules.addFile, SwitchRules.modify, SwitchRules.remove, SwitchRules.replace,
            SwitchFlows.command, SwitchTrace.command, SwitchMACs.command, SwitchMirrors.command, SwitchMeters.command, SwitchCapture.command,
            SwitchStats.command, SwitchTop.command,
        ])

    /// What the shell offers where a bridge or a port is wanted.
    static let bridge = CompletionKind.objects("bridge")
    static let port = CompletionKind.objects("port")

    /// A client that wants something changed: the daemon is started where none runs.
    static func open(_ parsed: ParsedCommand) throws(ApusError) -> SwitchClient {
        let paths = paths(parsed)
        try makeDirectories(paths.instance.root, mode: 0o711)
        return try SwitchClient.open(paths)
    }

    /// A client that wants to see something: a daemon is started only where one has left a configuration.
    ///
    /// - Throws: `.notFound` where there is no switch.
    static func look(_ parsed: ParsedCommand) throws(ApusError) -> SwitchClient {
        let paths = paths(parsed)
        if let client = try SwitchClient.connect(paths) { return client }
        if fileExists(paths.database) { return try SwitchClient.open(paths) }
        throw ApusError(.notFound, "there is no switch yet", hint: "it starts with the first network or apus switch add-br")
    }

    static func paths(_ parsed: ParsedCommand) -> SwitchPaths { SwitchPaths(Instance(root: Globals.engine(parsed).paths.root)) }

    /// What the shell may offer, without starting anything.
    static func candidates(_ kind: String, _ parsed: ParsedCommand) throws(ApusError) -> [String] {
        guard let client = try SwitchClient.connect(paths(parsed)) else { return [] }
        if kind == "bridge" { return try client.bridges().flatMap { [$0.name, $0.network] }.filter { !$0.isEmpty } }
        return try client.ports().flatMap { [$0.settings.name, $0.settings.owner.name] }.filter { !$0.isEmpty }
    }
}
