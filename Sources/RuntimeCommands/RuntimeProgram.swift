import CommandLine
import ContainerRuntime
import Glibc
import LinuxSystem

/// The program `apus-runtime`: reads the command line, runs the command, turns errors into runc's form and exit statuses.
public enum RuntimeProgram {
    /// What it was called as: a link named `runc` makes it that.
    static let name = Swift.CommandLine.arguments.first?.split(separator: "/").last.map(String.init) ?? "apus-runtime"

    /// Runs with the arguments after the program's name and returns the exit status.
    public static func run(_ arguments: [String]) -> Int32 {
        // A file that is opened must never become what is meant by stdin, stdout or stderr, where the caller has closed one of them.
        for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) == -1 { _ = unsafe open("/dev/null", O_RDWR) }
        // A reader that went away is seen as EPIPE where it matters.
        _ = signal(SIGPIPE, SIG_IGN)
        var log = RuntimeLog()
        do {
            switch try RuntimeCommand.tree.parse(withTwoDashes(arguments)) {
            case .help(let command, let path):
                output(RuntimeHelp(command, path: path).text)
                return 0
            case .run(let parsed):
                guard let action = parsed.command.action else { return 0 }
                log = try RuntimeLog(parsed)
                log.debug("\(parsed.path.joined(separator: " ")) \(parsed.positionals.joined(separator: " "))")
                do { return try action(parsed) } catch let error as ApusError {
                    let name = parsed.command.name
                    if name != "exec", let words = kernelsWords(error) {
                        log.error("\(name) failed: \(words)", onStderr: words)
                    } else {
                        log.error("\(name) failed: \(sentence(of: error))")
                    }
                    // runc's: 255 for exec, so that it is not taken for the program's own.
                    return name == "exec" ? 255 : 1
                }
            }
        } catch let error as ApusError {
            log.error(sentence(of: error))
        } catch let error as UsageError where error.kind == .command {
            // runc's words; what follows leads to what may have been meant.
            log.error("No help topic for '\(error.message.split(separator: " ").last ?? "")': \(error)")
        } catch {
            log.error("\(error)")
        }
        return 1
    }

    /// Go's flags may be written with one dash, `-root DIR`; what belongs to a program in a container stays as it is.
    static func withTwoDashes(_ arguments: [String]) -> [String] {
        var words = arguments
        var command: Command?
        for index in words.indices {
            let word = words[index]
            if word == "--" { break }
            guard word.hasPrefix("-") else {
                // The ID of exec and ps; before it come only flags and their values.
                if let command, !command.interspersed, index > 0, !words[index - 1].hasPrefix("-") { break }
                command = command ?? RuntimeCommand.tree.subcommands.first { $0.name == word }
                continue
            }
            let name = word.dropFirst().prefix { $0 != "=" }
            let known = command?.flags ?? RuntimeCommand.tree.flags
            if name.count > 1 && known.contains(where: { $0.name == name }) { words[index] = "-" + word }
        }
        return words
    }

    /// Engines tell by these words that it is the program that cannot be run.
    private static func sentence(of error: ApusError) -> String {
        switch error.code {
        case .commandNotFound, .cannotExecute: execWords(error.description) ?? "exec: \(error.description)"
        default: error.description
        }
    }

    /// What the kernel said of a program that is there: it stands alone in a line, as from runc, where the process itself writes it.
    private static func kernelsWords(_ error: ApusError) -> String? {
        guard error.code == .cannotExecute, error.errno != EACCES, let words = execWords(error.message) else { return nil }
        return unsafe "\(words): \(String(cString: strerror(error.errno)).lowercased())"
    }

    /// `exec: "name": why` for one that is in no directory of PATH, `exec /path: why` for the kernel's answer, as runc has them.
    private static func execWords(_ sentence: String) -> String? {
        let parts = sentence.split(separator: "\"", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "cannot run " else { return nil }
        return parts[1].contains("/") ? "exec \(parts[1])\(parts[2])" : "exec: \"\(parts[1])\"\(parts[2])"
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
