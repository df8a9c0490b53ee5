import LinuxSystem

/// What the daemon is.
public struct SwitchState: Equatable, Sendable, WireValue {
    /// The daemon's process.
    public var pid: Int32 = 0
    /// Of Apus.
    public var version = ""
    /// "bpf", "packet-socket" or "memory".
    public var datapath = ""
    /// Why a better datapath is not in use; empty where none is better.
    public var remark = ""
    /// Seconds since the daemon started.
    public var uptime: UInt64 = 0
    /// How many flows the datapath holds.
    public var flows: UInt64 = 0
    /// How many packets came to the daemon.
    public var upcalls: UInt64 = 0
    /// How many bridges there are.
    public var bridges: UInt32 = 0
    /// How many ports there are.
    public var ports: UInt32 = 0

    /// Nothing.
    public init() {}

    mutating func fields(_ coder: inout WireCoder) throws(ApusError) {
        try coder.field(&pid)
        try coder.field(&version)
        try coder.field(&datapath)
        try coder.field(&remark)
        try coder.field(&uptime)
        try coder.field(&flows)
        try coder.field(&upcalls)
        try coder.field(&bridges)
        try coder.field(&ports)
    }
}

/// What passed a port.
public struct PortCounters: Equatable, Sendable, WireValue {
    /// Frames that came from the port.
    public var receivedPackets: UInt64 = 0
    /// Their bytes.
    public var receivedBytes: UInt64 = 0
    /// Frames that left by the port.
    public var sentPackets: UInt64 = 0
    /// Their bytes.
    public var sentBytes: UInt64 = 0
    /// Frames from the port that were dropped.
    public var dropped: UInt64 = 0

    /// Nothing.
    public init() {}

    mutating func fields(_ coder: inout WireCoder) throws(ApusError) {
        try coder.field(&receivedPackets)
        try coder.field(&receivedBytes)
        try coder.field(&sentPackets)
        try coder.field(&sentBytes)
        try coder.field(&dropped)
    }
}

/// A port as it is.
public struct PortReport: Equatable, Sendable, WireValue {
    /// As the user wants it, with the number that it got.
    public var settings = PortSettings()
    /// The kernel's index of the interface; 0 where there is none.
    public var index: UInt32 = 0
    /// Whether the interface is there and up.
    public var isUp = false
    /// What passed it.
    public var counters = PortCounters()

    /// Nothing.
    public init() {}

    mutating func fields(_ coder: inout WireCoder) throws(ApusError) {
        try coder.field(&settings)
        try coder.field(&index)
        try coder.field(&isUp)
        try coder.field(&counters)
    }
}

/// A rule as it is.
public struct RuleReport: Equatable, Sendable, WireValue {
    /// Its table.
    public var table: UInt8 = 0
    /// Its priority.
    public var priority: UInt16 = 0
    /// Its cookie.
    public var cookie: UInt64 = 0
    /// Its match in the syntax of `ovs-ofctl`, without the priority; empty for all packets.
    public var match = ""
    /// Its actions in the same syntax.
    public var actions = ""
    /// Packets that it matched.
    public var packets: UInt64 = 0
    /// Their bytes.
    public var bytes: UInt64 = 0
    /// Milliseconds since it was put.
    public var age: UInt64 = 0
    /// Milliseconds since it matched, or was put.
    public var idle: UInt64 = 0
    /// Seconds without a packet after which it goes; 0 for never.
    public var idleTimeout: UInt16 = 0
    /// Seconds after which it goes; 0 for never.
    public var hardTimeout: UInt16 = 0

    /// Nothing.
    public init() {}

    mutating func fields(_ coder: inout WireCoder) throws(ApusError) {
        try coder.field(&table)
        try coder.field(&priority)
        try coder.field(&cookie)
        try coder.field(&match)
        try coder.field(&actions)
        try coder.field(&packets)
        try coder.field(&bytes)
        try coder.field(&age)
        try coder.field(&idle)
        try coder.field(&idleTimeout)
        try coder.field(&hardTimeout)
    }
}

/// A flow of the datapath.
public struct MegaflowReport: Equatable, Sendable, WireValue {
    /// Its name.
    public var id: UInt64 = 0
    /// Its key under its mask, in the syntax of rules.
    public var match = ""
    /// What the datapath does.
    public var actions = ""
    /// Packets that it carried.
    public var packets: UInt64 = 0
    /// Their bytes.
    public var bytes: UInt64 = 0
    /// Milliseconds since the last packet; `UInt64.max` for never.
    public var idle: UInt64 = 0

    /// Nothing.
    public init() {}

    mutating func fields(_ coder: inout WireCoder) throws(ApusError) {
        try coder.field(&id)
        try coder.field(&match)
        try coder.field(&actions)
        try coder.field(&packets)
        try coder.field(&bytes)
        try coder.field(&idle)
    }
}

/// How many packets were dropped for one reason.
public struct DropReport: Equatable, Sendable, WireValue {
    /// The reason's name, such as "spoofed-source".
    public var reason = ""
    /// How many.
    public var packets: UInt64 = 0

    /// Nothing.
    public init() {}

    /// A count.
    public init(reason: String, packets: UInt64) {
        self.reason = reason
        self.packets = packets
    }

    mutating func fields(_ coder: inout WireCoder) throws(ApusError) {
        try coder.field(&reason)
        try coder.field(&packets)
    }
}

/// Where a capture of a port reads its frames.
public struct CaptureSource: Equatable, Sendable, WireValue {
    /// The port's name.
    public var port = ""
    /// The host's interface.
    public var interface = ""
    /// The kernel's index of the interface.
    public var index: UInt32 = 0

    /// Nothing.
    public init() {}

    mutating func fields(_ coder: inout WireCoder) throws(ApusError) {
        try coder.field(&port)
        try coder.field(&interface)
        try coder.field(&index)
    }
}
