import CommandLine
import ContainerRuntime
import Engine
import LinuxSystem

/// The whole command tree of `apus`: each part is listed beside its commands.
enum ApusCommand {
    static let version = Flag.bool("version", short: "v", help: "Print version information and quit")

    static let tree = Command(
        "apus", abstract: "A container engine without a daemon", flags: Globals.all + [version],
        subcommands: LifecycleCommands.all + InteractionCommands.all + ObservationCommands.all + ImageCommands.all + SystemCommands.all,
        action: { parsed in
            output(parsed[version] ? "Apus version \(ApusVersion.number)" : HelpRenderer(parsed.command, path: parsed.path).text)
            return 0
        })
}
