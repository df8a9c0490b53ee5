public import Cgroups
import Glibc
public import LinuxSystem

/// What the kernel counted for a container up to one moment.
public struct ContainerSample: Sendable, Equatable {
    /// The moment, in nanoseconds of a clock that never goes back.
    public var moment: UInt64
    /// What its control group counts.
    public var counters: CgroupStats
    /// What its network interfaces count; nothing with the host's network, which is not its own.
    public var network: NetworkCounters

    /// Makes a sample.
    public init(moment: UInt64, counters: CgroupStats, network: NetworkCounters = NetworkCounters()) {
        self.moment = moment
        self.counters = counters
        self.network = network
    }
}

/// Bytes over all network interfaces but the loopback.
public struct NetworkCounters: Sendable, Equatable {
    /// Bytes received.
    public var received: UInt64 = 0
    /// Bytes sent.
    public var sent: UInt64 = 0

    /// Nothing.
    public init() {}

    /// Reads /proc/PID/net/dev (proc(5)).
    init(_ text: String) {
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            let numbers = (parts.count == 2 ? parts[1] : "").split(separator: " ").map { UInt64($0) }
            guard parts.first?.split(separator: " ").first != "lo", numbers.count >= 9, let received = numbers[0], let sent = numbers[8] else { continue }
            self.received &+= received
            self.sent &+= sent
        }
    }
}

extension Engine {
    /// Reads what the kernel counted for a container; nil when it does not run.
    public func sample(_ record: ContainerRecord) throws(ApusError) -> ContainerSample? {
        guard let run = try containers.state(of: record).run, let cgroup = try containers.cgroup(of: record) else { return nil }
        do throws(ApusError) {
            let counters = try cgroup.stats()
            let moment = monotonicNanoseconds()
            var network = NetworkCounters()
            if record.settings.network != "host" { network = NetworkCounters(try readText("/proc/\(run.pid)/net/dev")) }
            return ContainerSample(moment: moment, counters: counters, network: network)
        } catch {
            // It ended while it was looked at.
            if try !containers.state(of: record).isRunning { return nil }
            throw error
        }
    }
}
