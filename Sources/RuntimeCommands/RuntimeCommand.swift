import CommandLine
import ContainerRuntime

/// The command tree of `apus-runtime`, that of runc.
enum RuntimeCommand {
    static let tree = Command(
        "apus-runtime", abstract: "An OCI runtime", flags: RuntimeFlags.global,
        subcommands: [
            Create.command, Start.command, Run.command, ShowState.command, List.command, Kill.command, Delete.command, Exec.command, ProcessList.command,
            Pause.command, Pause.resume, Update.command, Events.command, ShowSpec.command, ShowFeatures.command,
        ],
        action: { parsed in
            let version = "apus-runtime version \(ApusVersion.number)\nspec: \(ApusVersion.runtimeSpecification)"
            output(parsed[RuntimeFlags.version] ? version : HelpRenderer(parsed.command, path: parsed.path).text)
            return 0
        })
}
