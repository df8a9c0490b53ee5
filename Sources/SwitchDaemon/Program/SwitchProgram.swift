public import CommandLine
import Glibc
import LinuxSystem
import SwitchControl

/// The program `apus-switchd`: reads its command line and runs the daemon until it is told to end.
public enum SwitchProgram {
    static let root = Flag.string("root", value: "path", completing: .directory, help: "Directory that holds the configuration and names the instance")
    static let datapath = Flag.string(
        "datapath", value: "kind", default: "auto", completing: .words(DatapathChoice.allCases.map(\.rawValue)),
        help: "What forwards: bpf or packet-socket; auto takes the first that works here")
    static let level = Flag.string(
        "log-level", value: "level", default: "info", completing: .words(DaemonLog.Level.allCases.map { "\($0)" }),
        help: "What to tell on stderr: error, warning, info, debug")
    static let onDemand = Flag.bool("on-demand", help: "Started by a client: tell descriptor 3 when requests are answered, and end when no bridge is left")

    /// The command, from which help and manual are made.
    public static let command = Command(
        "apus-switchd", abstract: "The virtual switch of Apus",
        discussion: """
            It is started by the first command that needs it, or as a service. It answers at switchd.sock in the instance's run directory.

            When it ends, known flows go on where the datapath is in the kernel; the next daemon takes over ports, flows and counters.
            """,
        flags: [root, datapath, level, onDemand],
        action: { parsed in
            guard let kind = DatapathChoice(rawValue: parsed[datapath]) else {
                throw ApusError(.invalidArgument, "there is no datapath \(parsed[datapath])", hint: "auto, bpf, packet-socket")
            }
            guard let level = DaemonLog.Level(name: parsed[level]) else {
                throw ApusError(.invalidArgument, "there is no log level \(parsed[level])", hint: "error, warning, info, debug")
            }
            let given = parsed[root] ?? environment("APUS_ROOT") ?? Instance.standardRoot
            guard given.hasPrefix("/") else { throw ApusError(.invalidArgument, "--root must be an absolute path, not \(given)") }
            let log = DaemonLog(level: level, isJournal: environment("JOURNAL_STREAM") != nil)
            try Daemon(paths: SwitchPaths(Instance(root: given)), datapath: kind, log: log, isOnDemand: parsed[onDemand]).run()
            return 0
        })

    /// Runs with the arguments after the program's name and returns the exit status.
    public static func run(_ arguments: [String]) -> Int32 {
        for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) == -1 { _ = unsafe open("/dev/null", O_RDWR) }
        _ = signal(SIGPIPE, SIG_IGN)
        let isOnDemand = arguments.contains("--on-demand")
        if arguments.count == 2 && arguments[0] == "__man" { return writeManual(into: arguments[1]) }
        do {
            switch try command.parse(arguments) {
            case .help(let command, let path):
                try? writeAll(1, Array(HelpRenderer(command, path: path).text.utf8), name: "stdout")
                return 0
            case .run(let parsed): return try parsed.command.action?(parsed) ?? 0
            }
        } catch {
            if isOnDemand { Readiness.tell("\(error)") }
            try? writeAll(2, Array("apus-switchd: \(error)\n".utf8), name: "stderr")
            return 1
        }
    }

    /// What the installation calls.
    private static func writeManual(into directory: String) -> Int32 {
        for page in ManualPages(command, version: ApusVersion.number, section: 8).pages {
            do throws(ApusError) { try replaceFile("\(directory)/\(page.name)", with: Array(page.text.utf8)) } catch {
                try? writeAll(2, Array("apus-switchd: \(error)\n".utf8), name: "stderr")
                return 1
            }
        }
        return 0
    }

    private static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        let text = unsafe String(cString: value)
        return text.isEmpty ? nil : text
    }
}
