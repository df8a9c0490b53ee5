import CommandLine
import Engine
import LinuxSystem

/// `apus clone`: a new container from the state of another.
enum Clone {
    static let command = Command(
        "clone", abstract: "Create a new container from a container or a snapshot",
        discussion: """
            The new container has the files and settings of the other, but for what the flags change, and is started by apus start. Nothing is copied but \
            what a running container wrote: both stand on the same read-only layers. Named volumes are shared, anonymous ones are new.
            """,
        positionals: Positionals("CONTAINER|SNAPSHOT NEW_NAME", completing: CompletionKind.objects("clonable"), .none),
        flags: [ContainerFlags.env, ContainerFlags.envFile, ContainerFlags.hostname, ContainerFlags.label, ContainerFlags.labelFile, ContainerFlags.cidfile]
            + LimitFlags.updatable,
        action: { parsed in
            let engine = Globals.engine(parsed)
            let environment = try KeyValues.environment(files: parsed[ContainerFlags.envFile], entries: parsed[ContainerFlags.env])
            let labels: [String: String] = try KeyValues.labels(files: parsed[ContainerFlags.labelFile], entries: parsed[ContainerFlags.label])
            let source = try engine.cloneSource(parsed.positionals[0])
            let cidFile = try CidFile(parsed[ContainerFlags.cidfile])
            let clone = try engine.clone(source, name: parsed.positionals[1]) { settings throws(ApusError) in
                settings.env = SpecBuilder.merged(settings.env, environment)
                settings.labels.merge(labels) { $1 }
                if let hostname = parsed[ContainerFlags.hostname] { settings.hostname = hostname }
                try LimitFlags.change(parsed, &settings.resources)
            }
            try cidFile.write(clone.record.id)
            output(clone.record.id)
            return 0
        })
}
