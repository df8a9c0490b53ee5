import CommandLine
import Engine
import LinuxSystem

/// Does the same to each CONTAINER argument, as Docker does: each success prints the argument, each failure one line, and any failure makes the status 1.
func forEachContainer(_ parsed: ParsedCommand, _ body: (Engine, ContainerRecord) throws(ApusError) -> Void) -> Int32 {
    forEachContainer(parsed, first: body) { _, _, _ in }
}

/// The same in two steps: the first one is done to all containers before the second, so that what is waited for goes on at once.
func forEachContainer<Begun>(
    _ parsed: ParsedCommand, first: (Engine, ContainerRecord) throws(ApusError) -> Begun,
    second: (Engine, ContainerRecord, Begun) throws(ApusError) -> Void
) -> Int32 {
    let engine = Globals.engine(parsed)
    var status: Int32 = 0
    func complaining(_ body: () throws(ApusError) -> Void) {
        do throws(ApusError) {
            try body()
        } catch {
            notice("apus: \(error)")
            status = 1
        }
    }
    var begun: [(String, ContainerRecord, Begun)] = []
    for reference in parsed.positionals {
        complaining { () throws(ApusError) in
            let record = try engine.containers.find(reference)
            begun.append((reference, record, try first(engine, record)))
        }
    }
    for (reference, record, step) in begun {
        complaining { () throws(ApusError) in
            try second(engine, record, step)
            output(reference)
        }
    }
    return status
}
