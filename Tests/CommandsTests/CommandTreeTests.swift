import CommandLine
import Testing

@testable import Commands

/// The real command tree: what holds for every command.
@Suite struct CommandTreeTests {
    private var all: [(path: [String], command: Command)] {
        var found: [(path: [String], command: Command)] = []
        ApusCommand.tree.walk { path, command in found.append((path, command)) }
        return found
    }

    @Test func theTreeIsSound() {
        #expect(ApusCommand.tree.problems() == [])
    }

    @Test func dockersEverydayVerbsAreThere() {
        let names = Set(all.filter { $0.path.count == 2 }.map { $0.path[1] })
        let wanted = [
            "run", "create", "start", "stop", "kill", "restart", "rm", "wait", "ps", "logs", "exec", "attach", "pause", "unpause", "update", "stats", "top",
            "inspect", "rename", "info", "version", "load", "images", "rmi",
        ]
        #expect(wanted.filter { !names.contains($0) } == [])
    }

    @Test func everyHelpHasUsageAndAbstract() {
        for (path, command) in all {
            let text = HelpRenderer(command, path: path).text
            #expect(text.hasPrefix("Usage:  \(path.joined(separator: " "))"))
            #expect(!command.abstract.isEmpty && !command.abstract.hasSuffix("."), "\(path)")
        }
    }

    @Test(arguments: [
        (["run", "--nothere", "x"], "unknown flag: --nothere; see 'apus run --help'", Int32(125)),
        (["run"], "\"apus run\" requires at least 1 argument; see 'apus run --help'", 1),
        (["strat"], "unknown command: apus strat; did you mean 'apus start'? see 'apus --help'", 1),
        (
            ["run", "--link", "db", "x"],
            "--link is refused: links are gone from Docker's networks too; containers of one network find each other by name; see 'apus run --help'", 125
        ),
        (["run", "--cpus", "x", "y"], nil, 125),
        (["run", "--memory", "5x", "y"], nil, 125),
    ])
    func usageErrors(_ arguments: [String], _ sentence: String?, _ status: Int32) {
        do throws(UsageError) {
            _ = try ApusCommand.tree.parse(arguments)
            Issue.record("\(arguments) is accepted")
        } catch {
            if let sentence { #expect(error.description == sentence) }
            #expect(Program.status(of: error) == status)
        }
    }
}
