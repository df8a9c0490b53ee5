import CommandLine
import Engine
import LinuxSystem

/// `apus top`: the processes of a container.
enum Top {
    static let command = Command(
        "top", abstract: "Display the running processes of a container", positionals: Positionals("CONTAINER [PS_OPTION...]", completing: .container, .none),
        interspersed: false,
        action: { parsed in
            let engine = Globals.engine(parsed)
            let record = try engine.containers.find(parsed.positionals[0])
            output(text(try engine.processes(of: record, options: Array(parsed.positionals.dropFirst()))))
            return 0
        })

    /// Columns of at least twenty characters, as Docker shows them.
    static func text(_ table: ProcessTable) -> String {
        let lines = ([table.titles] + table.rows).map { row in row.map { $0.map { $0 == "\t" ? " " : $0 } }.map { String($0) }.joined(separator: "\t") }
        return Table.aligned(lines.joined(separator: "\n"), minimumWidth: 20)
    }
}
