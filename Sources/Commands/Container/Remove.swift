import CommandLine
import Engine
import LinuxSystem

/// `apus rm`.
enum Remove {
    static let force = Flag.bool("force", short: "f", help: "Force the removal of a running container (uses SIGKILL)")
    static let volumes = Flag.bool("volumes", short: "v", help: "Remove anonymous volumes associated with the container")

    static let command = Command(
        "rm", aliases: ["remove"], abstract: "Remove one or more containers", positionals: Positionals("CONTAINER [CONTAINER...]", completing: .container),
        flags: [force, volumes, RefusedFlag("link", short: "l", because: "links come with the virtual switch, which is not there yet")],
        action: { parsed in
            let engine = Globals.engine(parsed)
            var status: Int32 = 0
            for reference in parsed.positionals {
                do throws(ApusError) {
                    try engine.remove(try engine.containers.find(reference), force: parsed[force], volumes: parsed[volumes])
                    output(reference)
                } catch  where error.code == .notFound && parsed[force] {
                    notice("apus: \(error)")  // gone is what was wanted
                } catch {
                    notice("apus: \(error)")
                    status = 1
                }
            }
            return status
        })
}
