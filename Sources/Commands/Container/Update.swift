import CommandLine
import Engine
import LinuxSystem

/// `apus update`: other limits for a container, on the spot if it runs.
enum Update {
    static let command = Command(
        "update", abstract: "Update configuration of one or more containers", positionals: Positionals("CONTAINER [CONTAINER...]", completing: .container),
        flags: LimitFlags.updatable + [
            RefusedFlag("restart", because: "restart policies are not there yet"),
            RefusedFlag("kernel-memory", because: "the kernel has no such limit any more"),
        ],
        action: { parsed in
            guard LimitFlags.updatable.contains(where: { parsed.texts($0).isEmpty == false }) else {
                throw Failure(ApusError(.invalidArgument, "you must provide one or more flags when using this command"), status: 1)
            }
            return forEachContainer(parsed) { engine, record throws(ApusError) in
                try engine.update(record) { resources throws(ApusError) in try LimitFlags.change(parsed, &resources) }
            }
        })
}
