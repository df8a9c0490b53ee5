import CommandLine
import ContainerRuntime
import LinuxSystem

/// `apus-runtime list`.
enum List {
    static let format = Flag.string("format", short: "f", default: "table", completing: .words(["table", "json"]), help: "Select one of: table or json")
    static let quiet = Flag.bool("quiet", short: "q", help: "Display only container IDs")

    static let command = Command(
        "list", abstract: "List the containers of the state directory", flags: [format, quiet],
        action: { parsed in
            let containers = try RuntimeFlags.store(parsed).containers()
            if parsed[quiet] {
                output(containers.map(\.id).joined(separator: "\n"))
                return 0
            }
            switch parsed[format] {
            case "table":
                let rows = containers.map { container in
                    let status = container.status()
                    return [
                        container.id, "\(container.pid(in: status))", status.rawValue, container.bundle, container.created, ownerName(container.owner),
                    ].joined(separator: "\t")
                }
                output(Table.aligned((["ID\tPID\tSTATUS\tBUNDLE\tCREATED\tOWNER"] + rows).joined(separator: "\n")))
            case "json":
                output(containers.isEmpty ? "null" : Value.array(containers.map { Value.object(of: $0) }).json())
            default: throw ApusError(.invalidArgument, "invalid format option \"\(parsed[format])\"", hint: "table or json")
            }
            return 0
        })
}

/// `apus-runtime ps`.
enum ProcessList {
    static let format = Flag.string("format", short: "f", default: "table", completing: .words(["table", "json"]), help: "Select one of: table or json")

    static let command = Command(
        "ps", abstract: "Display the processes running inside a container", positionals: "ID [PS-OPTION...]", interspersed: false, flags: [format],
        action: { parsed in
            let pids = try RuntimeFlags.container(parsed).processes()
            switch parsed[format] {
            case "json": output(Value.array(pids.map { .int(Int($0)) }).json())
            case "table": output(try table(pids, Array(parsed.positionals.dropFirst())))
            default: throw ApusError(.invalidArgument, "invalid format option \"\(parsed[format])\"", hint: "table or json")
            }
            return 0
        })

    /// The header and the lines of these pids.
    private static func table(_ pids: [Int32], _ options: [String]) throws(ApusError) -> String {
        let lines = try HostPS.output(options.isEmpty ? ["-ef"] : options, pids: pids).split(separator: "\n")
        guard let header = lines.first, let column = header.split(separator: " ").firstIndex(of: "PID") else {
            throw ApusError(.invalidArgument, "cannot list processes: ps prints no column PID with these options")
        }
        let wanted = lines.dropFirst().filter { line in
            let fields = line.split(separator: " ")
            return fields.count > column && Int32(fields[column]).map(pids.contains) == true
        }
        return ([header] + wanted).joined(separator: "\n")
    }
}
