import CommandLine
import ContainerRuntime
import LinuxSystem

/// The command tree of `apus-runtime`, that of runc.
enum RuntimeCommand {
    static let tree = Command(
        "apus-runtime", abstract: "Open Container Initiative runtime", flags: RuntimeFlags.global,
        subcommands: [
            Create.command, Start.command, Run.command, ShowState.command, List.command, Kill.command, Delete.command, Exec.command, ProcessList.command,
            Pause.command, Pause.resume, Update.command, Events.command, ShowSpec.command, ShowFeatures.command,
            Checkpoint.checkpoint, Checkpoint.restore,
        ],
        action: { parsed in
            let number = ApusVersion.number
            let version = "\(RuntimeProgram.name) version \(number)\ncommit: v\(number)\nspec: \(ApusVersion.runtimeSpecification)"
            output(parsed[RuntimeFlags.version] ? version : RuntimeHelp(parsed.command, path: parsed.path).text)
            return 0
        })
}
