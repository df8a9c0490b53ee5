import CFlow
import CSwitch
import Glibc
import LinuxSystem

/// The BPF datapath's program and maps, and the tap by which packets come up and go down.
///
/// The kernel holds all of it for as long as the tap is there, which stays when its daemon ends: a new daemon finds the tap by its name, the
/// program by the tap's filter, and the maps by the program.
struct KernelParts: ~Copyable {
    /// The size of the flow map where a new one is made.
    static let flowLimit: UInt32 = 200_000
    /// The size of the map of programs where a new one is made.
    static let programLimit: UInt32 = 16_384
    /// Longer than all upcalls that may be under way.
    private static let queue = UInt32(APUS_PENDING_ALL) + 96

    let tap: OwnedFD
    let tapIndex: UInt32
    let program: OwnedFD
    let masks: KernelMap
    let flows: KernelMap
    let ports: KernelMap
    let interfaces: KernelMap
    let slots: KernelMap
    let near: KernelMap
    let counters: KernelMap
    let drops: KernelMap
    let meters: KernelMap
    private let configMemory: SharedMemory<apus_config>
    private let pendingMemory: SharedMemory<apus_pending>
    private let programMemory: SharedMemory<apus_program>
    /// Whether an earlier daemon's state was found.
    let isAdopted: Bool

    /// The configuration, shared with the program.
    var config: UnsafeMutablePointer<apus_config> { unsafe configMemory.elements }
    /// By slot, shared with the program.
    var pending: UnsafeMutablePointer<apus_pending> { unsafe pendingMemory.elements }
    /// Shared with the program.
    var programs: UnsafeMutablePointer<apus_program> { unsafe programMemory.elements }
    var programCount: UInt32 { UInt32(programMemory.count) }

    init(tap name: String) throws(ApusError) {
        var index: UInt32 = 0
        let tap = OwnedFD(adopting: try systemCall("cannot open the switch's tap \(name)") { unsafe apus_tap_open(name, Self.queue, &index) })
        let (parts, isAdopted) = try Self.open(index)
        func part(_ part: apus_switch_part) -> Int32 { parts[Int(part.rawValue)] }
        // The memory stays mapped when the descriptors of its maps are closed.
        defer { for index in [APUS_PART_CONFIG, APUS_PART_PENDING, APUS_PART_PROGRAMS, APUS_PART_HINTS] { close(part(index)) } }
        let program = OwnedFD(adopting: part(APUS_PART_PROGRAM))
        let masks = KernelMap(OwnedFD(adopting: part(APUS_PART_MASKS)), "masks")
        let flows = KernelMap(OwnedFD(adopting: part(APUS_PART_FLOWS)), "flows")
        let ports = KernelMap(OwnedFD(adopting: part(APUS_PART_PORTS)), "ports")
        let interfaces = KernelMap(OwnedFD(adopting: part(APUS_PART_INTERFACES)), "interfaces")
        let slots = KernelMap(OwnedFD(adopting: part(APUS_PART_SLOTS)), "slots")
        let near = KernelMap(OwnedFD(adopting: part(APUS_PART_NEAR)), "near interfaces")
        let counters = KernelMap(OwnedFD(adopting: part(APUS_PART_COUNTERS)), "counters")
        let drops = KernelMap(OwnedFD(adopting: part(APUS_PART_DROPS)), "drops")
        let meters = KernelMap(OwnedFD(adopting: part(APUS_PART_METERS)), "meters")
        let config = try SharedMemory<apus_config>(part(APUS_PART_CONFIG), count: 1)
        let pending = try SharedMemory<apus_pending>(part(APUS_PART_PENDING), count: Int(APUS_MOST_PORTS) + 1)
        let programCount = try systemCall("cannot ask for the size of the datapath's map of programs") { apus_map_size(part(APUS_PART_PROGRAMS)) }
        let programMemory = try SharedMemory<apus_program>(part(APUS_PART_PROGRAMS), count: Int(programCount))
        unsafe Self.configure(config.elements, tapIndex: index, isNew: !isAdopted)
        try systemCall("cannot attach the datapath's program to the switch's tap \(name)") { apus_switch_attach(index, program.raw) }
        self.tap = tap
        tapIndex = index
        self.isAdopted = isAdopted
        self.program = program
        self.masks = masks
        self.flows = flows
        self.ports = ports
        self.interfaces = interfaces
        self.slots = slots
        self.near = near
        self.counters = counters
        self.drops = drops
        self.meters = meters
        configMemory = config
        pendingMemory = pending
        self.programMemory = programMemory
    }

    /// The descriptors by part, of the datapath that the tap belongs to, or of a new one.
    private static func open(_ tap: UInt32) throws(ApusError) -> ([Int32], isAdopted: Bool) {
        var parts = apus_switch()
        if unsafe apus_switch_adopt(tap, &parts) == 0 {
            let (version, build) = try version(list(parts)[Int(APUS_PART_CONFIG.rawValue)])
            if version == UInt32(APUS_DATAPATH_VERSION) {
                // The state is understood; where only the program is another, it takes the old one's place port by port.
                if build != apus_switch_build() { try load(&parts) }
                return (list(parts), true)
            }
            for descriptor in list(parts) { close(descriptor) }
        }
        parts = apus_switch(parts: (-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1))
        try load(&parts)
        return (list(parts), false)
    }

    private static func configure(_ config: UnsafeMutablePointer<apus_config>, tapIndex: UInt32, isNew: Bool) {
        if isNew {
            unsafe config.pointee.version = UInt32(APUS_DATAPATH_VERSION)
            unsafe config.pointee.seed = UInt64.random(in: .min ... .max)
            let cookie = UInt64.random(in: .min ... .max)
            unsafe withUnsafeMutableBytes(of: &config.pointee.cookie) { bytes in
                for index in 0..<6 { unsafe bytes[index] = UInt8(truncatingIfNeeded: cookie >> (8 * UInt64(index))) }
            }
        }
        unsafe config.pointee.processors = UInt32(max(1, apus_processors()))
        unsafe config.pointee.build = apus_switch_build()
        unsafe config.pointee.inject_program = 0
        unsafe config.pointee.upcall_interface = tapIndex
    }

    private static func load(_ parts: inout apus_switch) throws(ApusError) {
        var log = [CChar](repeating: 0, count: 512)
        do throws(ApusError) {
            try systemCall("cannot load the switch's BPF program") {
                unsafe apus_switch_load(&parts, flowLimit, programLimit, &log, log.count)
            }
        } catch {
            let said = log.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw ApusError(errno: error.errno, error.message, hint: said.isEmpty ? nil : "libbpf says: \(String(decoding: said, as: UTF8.self))")
        }
    }

    private static func list(_ parts: apus_switch) -> [Int32] {
        unsafe withUnsafeBytes(of: parts.parts) { unsafe Array($0.bindMemory(to: Int32.self)) }
    }

    private static func version(_ config: Int32) throws(ApusError) -> (UInt32, UInt64) {
        var value = apus_config()
        var zero: UInt32 = 0
        try systemCall("cannot read the configuration of the running datapath") { unsafe apus_map_get(config, &zero, &value) }
        return (value.version, value.build)
    }
}
