import CFlow
import CSwitch
public import LinuxSystem
public import SwitchCore

/// The datapath in the kernel: a BPF program at the ingress of every port (Sources/CSwitch/bpf), whose maps this fills.
///
/// Packets of known flows never leave the kernel, and go on while no daemon runs. The daemon that comes next has the flows, ports and counters
/// of the one before. To be called by one thread at a time.
public final class BPFDatapath: Datapath {
    /// Which of the datapaths it is.
    public let kind = "bpf"
    /// Whether an earlier daemon's flows and ports were found.
    public var isAdopted: Bool { kernel.isAdopted }

    struct Flow {
        let flow: Megaflow
        let hash: UInt64
        let mask: UInt16
        let program: UInt32
    }

    struct Port {
        let port: DatapathPort
        let slot: UInt32
    }

    let kernel: KernelParts
    let tapName: String
    var portsByNumber: [PortNumber: Port] = [:]
    var freeSlots: [UInt32]
    var flowsByID: [UInt64: Flow] = [:]
    var idsByHash: [UInt64: UInt64] = [:]
    var masks: MaskOrder
    var programs: ProgramStore
    /// Of packets that are carried out by the daemon.
    var slowMeters: [UInt32: TokenBucket] = [:]
    /// For packets of upcalls.
    var buffer: [UInt8]

    /// Makes the datapath, or takes over the one that is there.
    ///
    /// - Parameter tap: the name of the interface by which packets come up; it names the datapath too.
    /// - Throws: `ApusError` with the code `permissionDenied` where BPF is not allowed.
    public init(tap: String) throws(ApusError) {
        tapName = tap
        kernel = try KernelParts(tap: tap)
        // The last slot stands for packets that the daemon sends.
        freeSlots = Array((0..<UInt32(APUS_MOST_PORTS) - 1).reversed())
        buffer = [UInt8](repeating: 0, count: 1 << 17)
        masks = MaskOrder()
        programs = unsafe ProgramStore(memory: kernel.programs, count: kernel.programCount) { _ = apus_wait_for_programs() }
        if kernel.isAdopted { try adopt() }
    }

    /// Ends the datapath in the kernel: no packet is forwarded any more, and nothing is left to be adopted.
    public static func destroy(tap: String) throws(ApusError) {
        try systemCall("cannot remove the switch's tap \(tap)") { unsafe apus_tap_remove(tap) }
    }

    /// Packets dropped by the datapath itself, by reason.
    public func drops() throws(ApusError) -> [DropReason: UInt64] {
        var drops: [DropReason: UInt64] = [:]
        for reason in 0..<UInt32(APUS_MOST_REASONS) {
            guard let name = DropReason(rawValue: UInt16(reason)) else { continue }
            let count = try kernel.drops.sum(reason, fields: 1)[0]
            if count > 0 { drops[name] = count }
        }
        return drops
    }

    /// Bits a second and the burst in bits, packets where the number says so (`MeterID`); 0 removes the meter, a burst of 0 is a tenth of a second's.
    public func setMeter(_ id: UInt32, rate: UInt64, burst: UInt64) throws(ApusError) {
        slowMeters[id] = rate == 0 ? nil : TokenBucket(rate: rate, burst: burst, now: monotonicTime())
        if rate == 0 { return try kernel.meters.remove(id) }
        var meter = apus_meter_state()
        meter.rate = min(rate, 1 << 39)
        meter.burst = burst == 0 ? max(rate / 10, 1) : burst
        meter.tokens = meter.burst
        try kernel.meters.put(id, meter)
    }
}
