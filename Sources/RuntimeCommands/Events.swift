import Cgroups
import CommandLine
import ContainerRuntime
import Glibc
import JSONCoding
import LinuxSystem

/// `apus-runtime events`.
enum Events {
    static let interval = Flag.value(
        "interval", value: "duration", default: 5_000_000_000, defaultText: "5s", help: "Set the stats collection interval", parse: parseDuration)
    static let stats = Flag.bool("stats", help: "Display the container's stats then exit")

    static let command = Command(
        "events", abstract: "Display container events such as OOM notifications, cpu, memory, and IO usage statistics", positionals: "ID",
        flags: [interval, stats],
        action: { parsed in
            let container = try RuntimeFlags.container(parsed)
            guard parsed[interval] > 0 else { throw ApusError(.invalidArgument, "duration interval must be greater than 0") }
            try show(container)
            if !parsed[stats] { try follow(container, every: Int(parsed[interval])) }
            return 0
        })

    /// One line a document, as engines read them.
    private struct Event<Content: Encodable>: Encodable {
        var type: String
        var id: String
        var data: Content?
    }

    private static func show(_ container: RuntimeContainer) throws(ApusError) {
        output(String(decoding: try writeJSON(Event(type: "stats", id: container.id, data: try container.stats())), as: UTF8.self))
    }

    /// Until the container has ended.
    private static func follow(_ container: RuntimeContainer, every nanoseconds: Int) throws(ApusError) {
        var watch = try container.watchOutOfMemory()
        var next = monotonicNanoseconds() + UInt64(nanoseconds)
        while container.status() != .stopped {
            let now = monotonicNanoseconds()
            var set = pollfd(fd: watch.descriptor.raw, events: Int16(POLLIN), revents: 0)
            // Looked at each second, so that its end is seen where no descriptor tells of it.
            let wait = now >= next ? 0 : min((next - now) / 1_000_000 + 1, 1000)
            try systemCall("cannot wait for events") { unsafe poll(&set, 1, Int32(wait)) }
            if set.revents != 0 {
                let report = try watch.next()
                for _ in 0..<report.count {
                    output(String(decoding: try writeJSON(Event<RuntimeStats>(type: "oom", id: container.id)), as: UTF8.self))
                }
                if report.hasEnded { return }
            }
            if monotonicNanoseconds() >= next {
                guard container.status() != .stopped else { return }
                try show(container)
                next += UInt64(nanoseconds)
            }
        }
    }
}
