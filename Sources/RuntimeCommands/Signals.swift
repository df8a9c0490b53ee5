import CommandLine
import ContainerRuntime
import LinuxSystem

/// `apus-runtime kill`.
enum Kill {
    static let all = Flag.bool("all", short: "a", help: "Send the signal to all processes inside the container")

    static let command = Command(
        "kill", abstract: "Send a signal to a container's first process, SIGTERM by default", positionals: "ID [SIGNAL]", flags: [all],
        action: { parsed in
            let name = parsed.positionals.count > 1 ? parsed.positionals[1] : "SIGTERM"
            let container = try RuntimeFlags.container(parsed)
            if name == "0" { try container.probe(all: parsed[all]) } else { try container.kill(Signal(name), all: parsed[all]) }
            return 0
        })
}

/// `apus-runtime delete`.
enum Delete {
    static let force = Flag.bool("force", short: "f", help: "Forcibly delete the container if it is still running (uses SIGKILL)")

    static let command = Command(
        "delete", abstract: "Delete what a container holds", positionals: "ID", flags: [force],
        action: { parsed in
            do throws(ApusError) {
                try RuntimeFlags.container(parsed).delete(force: parsed[force], complain: RuntimeFlags.complaint(parsed))
            } catch {
                // Engines delete once more to be sure.
                let store = RuntimeFlags.store(parsed)
                guard error.code == .notFound, try store.discardUnrecorded(parsed.positionals[0]) || parsed[force] else { throw error }
            }
            return 0
        })
}

/// `apus-runtime pause` and `resume`.
enum Pause {
    static let command = Command(
        "pause", abstract: "Suspend all processes inside a container", positionals: "ID",
        action: { parsed in
            try RuntimeFlags.container(parsed).pause()
            return 0
        })

    static let resume = Command(
        "resume", abstract: "Resume all processes that were paused", positionals: "ID",
        action: { parsed in
            try RuntimeFlags.container(parsed).resume()
            return 0
        })
}
