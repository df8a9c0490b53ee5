import CommandLine
import ContainerRuntime
import LinuxSystem

/// `apus-runtime run`: create, start, and delete when it has ended.
enum Run {
    static let keep = Flag.bool("keep", help: "Do not delete the container after it exits")
    static let noSubreaper = Flag.bool("no-subreaper", help: "Accepted for runc's sake: the runtime is never a subreaper")

    static let command = Command(
        "run", abstract: "Create and run a container", positionals: "ID", flags: Create.flags + [RuntimeFlags.detach, keep, noSubreaper],
        action: { parsed in
            var options = try Create.options(parsed)
            let id = parsed.positionals[0]
            let store = RuntimeFlags.store(parsed)
            options.isInFront = !parsed[RuntimeFlags.detach] && options.consoleSocket == nil
            if !parsed[RuntimeFlags.detach] { try LaunchedProcess.holdSignals() }
            let log = try RuntimeLog(parsed)
            log.debug(.setup, id)
            let launched = try ContainerCreation.run(id, in: store, options, complain: RuntimeFlags.complaint(parsed))
            log.debug(.cloned, "pid \(launched.pid)")
            log.debug(.ready, "\(id) runs")
            if parsed[RuntimeFlags.detach] {
                try launched.waitUntilReady()
                return 0
            }
            let status = try launched.wait()
            if !parsed[keep] { try store.find(id).delete(force: true, complain: RuntimeFlags.complaint(parsed)) }
            return status
        })
}
