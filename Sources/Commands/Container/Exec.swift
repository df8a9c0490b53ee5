import CommandLine
import ContainerRuntime
import Engine
import Glibc
import LinuxSystem

/// `apus exec`: one more program in a running container.
enum Exec {
    static let detach = Flag.bool("detach", short: "d", help: "Detached mode: run command in the background")
    static let privileged = Flag.bool("privileged", help: "Give extended privileges to the command")

    static let command = Command(
        "exec", abstract: "Execute a command in a running container",
        positionals: Positionals("CONTAINER COMMAND [ARG...]", completing: .container, .none), interspersed: false,
        flags: [
            detach, Run.detachKeys, ContainerFlags.env, ContainerFlags.envFile, ContainerFlags.interactive, privileged, ContainerFlags.tty, ContainerFlags.user,
            ContainerFlags.workdir,
        ],
        action: { parsed in
            let engine = Globals.engine(parsed)
            let record: ContainerRecord
            let request: ExecRequest
            let session: AttachSession.Options
            do throws(ApusError) {
                request = try Self.request(parsed)
                session = try options(parsed)
                record = try engine.containers.find(parsed.positionals[0])
            } catch {
                throw Failure(error, status: 1)
            }
            do throws(ApusError) {
                let launched = try engine.exec(request, in: record)
                return parsed[detach] ? 0 : try launched.attach(session, program: request.arguments[0])
            } catch {
                throw Failure(executing: error)
            }
        })

    private static func request(_ parsed: ParsedCommand) throws(ApusError) -> ExecRequest {
        var request = ExecRequest(Array(parsed.positionals.dropFirst()))
        request.env = try KeyValues.environment(files: parsed[ContainerFlags.envFile], entries: parsed[ContainerFlags.env])
        request.user = parsed[ContainerFlags.user]
        if let path = parsed[ContainerFlags.workdir], !path.isEmpty {
            guard path.hasPrefix("/") else {
                throw ApusError(.invalidArgument, "the working directory '\(path)' is invalid", hint: "it needs to be an absolute path")
            }
            request.workingDirectory = path
        }
        request.tty = parsed[ContainerFlags.tty]
        request.terminalSize = Terminal.size()
        request.openStdin = parsed[ContainerFlags.interactive] && !parsed[detach]
        request.privileged = parsed[privileged]
        return request
    }

    private static func options(_ parsed: ParsedCommand) throws(ApusError) -> AttachSession.Options {
        let interactive = parsed[ContainerFlags.interactive] && !parsed[detach]
        try AttachFlags.requireTerminal(stdin: interactive, tty: parsed[ContainerFlags.tty])
        var options = try AttachFlags.options(parsed, tty: parsed[ContainerFlags.tty], interactive: interactive)
        // A signal ends us and leaves the program running, as in Docker: there is no --sig-proxy here.
        options.proxiesSignals = false
        return options
    }
}

extension Failure {
    /// Docker's statuses for `exec`: 1 for a container that does not run, 127 for a command that is not there, 126 for one that cannot be run.
    fileprivate init(executing error: ApusError) {
        let status: Int32 =
            switch error.code {
            case .conflict: 1
            case .commandNotFound: 127
            default: 126
            }
        self.init(error, status: status)
    }
}
