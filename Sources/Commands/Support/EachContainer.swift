import CommandLine
import Engine
import LinuxSystem

/// Does the same to each CONTAINER argument, as Docker does: each success prints the argument, each failure one line, and any failure makes the status 1.
func forEachContainer(_ parsed: ParsedCommand, _ body: (Engine, ContainerRecord) throws(ApusError) -> Void) -> Int32 {
    let engine = Globals.engine(parsed)
    var status: Int32 = 0
    for reference in parsed.positionals {
        do throws(ApusError) {
            try body(engine, try engine.containers.find(reference))
            output(reference)
        } catch {
            notice("apus: \(error)")
            status = 1
        }
    }
    return status
}
