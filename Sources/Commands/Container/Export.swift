import CommandLine
import Engine
import ImageStore
import LinuxSystem

/// `apus export`: a container's files as a tar.
enum Export {
    static let command = Command(
        "export", abstract: "Export a container's filesystem as a tar archive", positionals: Positionals("CONTAINER", completing: .container),
        flags: [OutputFile.flag],
        action: { parsed in
            try Engine.requireRoot(to: "export containers")
            let engine = Globals.engine(parsed)
            let record = try engine.containers.find(parsed.positionals[0])
            try OutputFile.write(parsed) { fd, name throws(ApusError) in try engine.export(record, to: fd, name: name) }
            return 0
        })
}

/// `apus diff`: what a container changed of its image's files.
enum Diff {
    static let command = Command(
        "diff", abstract: "Inspect changes to files or directories on a container's filesystem",
        positionals: Positionals("CONTAINER", completing: .container),
        action: { parsed in
            try Engine.requireRoot(to: "look at a container's files")
            let engine = Globals.engine(parsed)
            let changes = try engine.changes(of: engine.containers.find(parsed.positionals[0]))
            output(changes.map { "\($0)\n" }.joined())
            return 0
        })
}
