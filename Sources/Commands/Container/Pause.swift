import CommandLine
import Engine
import LinuxSystem

/// `apus pause`, `apus unpause` and `apus rename`.
enum Pause {
    static let command = Command(
        "pause", abstract: "Pause all processes within one or more containers", positionals: Positionals("CONTAINER [CONTAINER...]", completing: .container),
        action: { parsed in forEachContainer(parsed) { engine, record throws(ApusError) in try engine.pause(record) } })

    static let unpause = Command(
        "unpause", abstract: "Unpause all processes within one or more containers",
        positionals: Positionals("CONTAINER [CONTAINER...]", completing: .container),
        action: { parsed in forEachContainer(parsed) { engine, record throws(ApusError) in try engine.unpause(record) } })

    static let rename = Command(
        "rename", abstract: "Rename a container", positionals: Positionals("CONTAINER NEW_NAME", completing: .container, .none),
        action: { parsed in
            let engine = Globals.engine(parsed)
            try engine.rename(try engine.containers.find(parsed.positionals[0]), to: parsed.positionals[1])
            return 0
        })
}
