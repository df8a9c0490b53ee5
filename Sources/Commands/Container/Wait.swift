import CommandLine
import Engine
import LinuxSystem

/// `apus wait`: blocks until containers have ended, and prints their exit codes.
enum Wait {
    static let command = Command(
        "wait", abstract: "Block until one or more containers stop, then print their exit codes",
        positionals: Positionals("CONTAINER [CONTAINER...]", completing: .container),
        action: { parsed in
            let engine = Globals.engine(parsed)
            var status: Int32 = 0
            for reference in parsed.positionals {
                do throws(ApusError) {
                    output("\(try engine.wait(for: try engine.containers.find(reference)))")
                } catch {
                    notice("apus: \(error)")
                    status = 1
                }
            }
            return status
        })
}
