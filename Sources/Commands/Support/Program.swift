import CommandLine
import Glibc
import LinuxSystem

/// The program `apus`: reads the command line, runs the command, turns errors into one line and an exit status.
public enum Program {
    /// Runs with the arguments after the program's name and returns the exit status.
    public static func run(_ arguments: [String]) -> Int32 {
        // A file that is opened must never become what is meant by stdin, stdout or stderr, where the caller has closed one of them.
        for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) == -1 { _ = unsafe open("/dev/null", O_RDWR) }
        // A reader that went away is seen as EPIPE where it matters.
        _ = signal(SIGPIPE, SIG_IGN)
        do {
            switch try ApusCommand.tree.parse(arguments) {
            case .help(let command, let path):
                output(HelpRenderer(command, path: path).text)
                return 0
            case .run(let parsed):
                guard let action = parsed.command.action else { return 0 }
                do {
                    return try action(parsed)
                } catch let failure as Failure {
                    complain(failure.error.description)
                    return failure.status
                } catch let error as UsageError {
                    complain(error.description)
                    return status(of: error)
                } catch {
                    complain("\(error)")
                    return 1
                }
            }
        } catch {
            complain(error.description)
            return status(of: error)
        }
    }

    /// Docker's: 125 for a flag, 1 for anything else that is wrong with the words.
    static func status(of error: UsageError) -> Int32 {
        switch error.kind {
        case .flag, .refused: 125
        case .positionals, .command: 1
        }
    }

    private static func complain(_ sentence: String) {
        try? writeAll(2, Array("apus: \(sentence)\n".utf8), name: "stderr")
    }
}

/// An error with the exit status that its command gives it.
struct Failure: Error {
    let error: ApusError
    let status: Int32

    /// Docker's statuses for commands that start a program: 127 not found, 126 cannot be executed, 125 the engine's own.
    init(starting error: ApusError) {
        self.error = error
        status =
            switch error.code {
            case .commandNotFound: 127
            case .cannotExecute: 126
            default: 125
            }
    }

    /// The engine's own failure, whatever the class.
    init(_ error: ApusError, status: Int32) {
        self.error = error
        self.status = status
    }
}

/// Writes text to stdout; a reader that went away ends the command quietly.
func output(_ text: String) {
    do throws(ApusError) {
        try writeAll(1, Array(text.utf8) + (text.hasSuffix("\n") || text.isEmpty ? [] : [10]), name: "stdout")
    } catch {
        exit(error.errno == EPIPE ? 141 : 1)
    }
}

/// Writes a line to stderr.
func notice(_ text: String) {
    try? writeAll(2, Array("\(text)\n".utf8), name: "stderr")
}
