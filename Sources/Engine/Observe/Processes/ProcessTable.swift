import Cgroups
import ContainerRuntime
public import LinuxSystem

/// Processes as `ps` lists them: titles and rows of the same length.
public struct ProcessTable: Sendable, Equatable {
    /// The names of the columns.
    public let titles: [String]
    /// One row a process.
    public let rows: [[String]]
}

extension Engine {
    /// The processes of a running container with the host's process numbers.
    ///
    /// - Parameter options: of the host's `ps`; none lists the columns of `ps -ef` without running it.
    /// - Throws: `ApusError` when the container does not run, or `ps` refuses its options.
    public func processes(of record: ContainerRecord, options: [String] = []) throws(ApusError) -> ProcessTable {
        guard try containers.state(of: record).isRunning, let cgroup = try containers.cgroup(of: record) else { throw containers.notRunning(record) }
        let pids = try cgroup.processes()
        if !options.isEmpty { return try ProcessTable(ps: try HostPS.output(options, pids: pids), pids: Set(pids)) }
        let clock = try HostClock()
        let users = HostUsers(passwd: (try? readFile("/etc/passwd")) ?? [])
        return ProcessTable(pids.sorted().compactMap { HostProcess(pid: $0) }, clock: clock, users: users)
    }
}

extension ProcessTable {
    /// The columns of `ps -ef`.
    init(_ processes: [HostProcess], clock: HostClock, users: HostUsers) {
        titles = ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"]
        rows = processes.map { process in
            let seconds = process.ticks / clock.ticksPerSecond
            let age = max(1, clock.uptime - Double(process.started) / Double(clock.ticksPerSecond))
            return [
                users.name(process.uid), String(process.pid), String(process.parent), String(Int(min(99, Double(seconds) * 100 / age))),
                clock.startTime(process.started), process.terminalName, Self.time(seconds), process.command,
            ]
        }
    }

    /// The lines of `ps` about these processes.
    ///
    /// - Throws: `ApusError` when they do not show the process numbers.
    init(ps text: String, pids: Set<Int32>) throws(ApusError) {
        let lines = text.split(separator: "\n")
        titles = (lines.first ?? "").split(separator: " ").map(String.init)
        guard let column = titles.firstIndex(of: "PID") else {
            throw ApusError(.invalidArgument, "cannot tell the container's processes: ps does not list PID", hint: "leave the column pid in its options")
        }
        let count = titles.count
        rows = lines.dropFirst().compactMap { line in
            // What is left of a line is its last column, blanks included.
            let fields = line.split(separator: " ", maxSplits: count - 1).map(String.init)
            guard column < fields.count, let pid = Int32(fields[column]), pids.contains(pid) else { return nil }
            return fields + [String](repeating: "", count: count - fields.count)
        }
    }

    private static func time(_ seconds: UInt64) -> String {
        let days = seconds / 86400
        let parts = [seconds / 3600 % 24, seconds / 60 % 60, seconds % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
        return (days > 0 ? "\(days)-" : "") + parts.joined(separator: ":")
    }
}
