import CFlow
import CSwitch
import Glibc
public import LinuxSystem
import PacketCore
public import SwitchCore

extension BPFDatapath {
    /// The ports that it has, in no order; those too that an earlier daemon has added.
    public var ports: [DatapathPort] { portsByNumber.values.map(\.port) }

    /// Adds a port, or changes what is known of it; what has passed it is kept then.
    public func add(_ port: DatapathPort) throws(ApusError) {
        if let known = portsByNumber[port.number], known.port.index != port.index { try remove(port.number) }
        let slot: UInt32
        if let known = portsByNumber[port.number] {
            slot = known.slot
        } else {
            guard let free = freeSlots.popLast() else { throw ApusError(.notSupported, "cannot add port \(port.interface): the switch has no room for more") }
            slot = free
            try kernel.counters.clear(slot, fields: 4)
            unsafe kernel.pending[Int(slot)] = apus_pending()
        }
        portsByNumber[port.number] = Port(port: port, slot: slot)
        do throws(ApusError) {
            try tell(port, slot)
        } catch {
            try? remove(port.number)
            throw error
        }
    }

    private func tell(_ port: DatapathPort, _ slot: UInt32) throws(ApusError) {
        var value = apus_port()
        value.number = port.number.rawValue
        value.interface = port.index
        value.slot = slot
        let mtu = unsafe apus_interface_mtu(port.interface)
        guard mtu >= 0 else {
            let error = errno
            throw ApusError(errno: error, "cannot add port \(port.interface) to the switch")
        }
        value.mtu = UInt32(mtu)
        if port.isVeth, let address = port.peerAddress {
            value.flags = UInt32(APUS_PORT_PEER)
            unsafe withUnsafeMutableBytes(of: &value.peer) { bytes in
                for index in 0..<6 { unsafe bytes[index] = UInt8(truncatingIfNeeded: address.rawValue >> (40 - 8 * UInt64(index))) }
            }
        }
        try kernel.ports.put(port.number.rawValue, value)
        try kernel.interfaces.put(port.index, value)
        try kernel.slots.put(slot, value)
        if port.index < UInt32(APUS_NEAR_INTERFACES) { try kernel.near.put(port.index, slot + 1) }
        let program = kernel.program.raw
        try systemCall("cannot attach the switch's program to \(port.interface)") { apus_switch_attach(port.index, program) }
    }

    /// Removes a port; one whose interface is gone already too.
    public func remove(_ number: PortNumber) throws(ApusError) {
        guard let known = portsByNumber.removeValue(forKey: number) else { return }
        freeSlots.insert(known.slot, at: 0)
        try kernel.ports.remove(number.rawValue)
        try kernel.slots.put(known.slot, apus_port())
        // The filter goes first: what comes in between is dropped, not let through to the host.
        do throws(ApusError) {
            try systemCall("cannot detach the switch's program from \(known.port.interface)") { apus_switch_detach(known.port.index) }
        } catch {
            // With the interface the kernel removed the filter.
            if ![ENODEV, ENOENT, EINVAL].contains(error.errno) { throw error }
        }
        if known.port.index < UInt32(APUS_NEAR_INTERFACES) { try kernel.near.put(known.port.index, UInt32(0)) }
        try kernel.interfaces.remove(known.port.index)
    }

    /// Of a port that it does not have: zeros.
    public func statistics(of port: PortNumber) throws(ApusError) -> PortStatistics {
        guard let known = portsByNumber[port] else { return PortStatistics() }
        let sums = try kernel.counters.sum(known.slot, fields: 4)
        return PortStatistics(receivedPackets: sums[0], receivedBytes: sums[1], sentPackets: sums[2], sentBytes: sums[3])
    }

    /// Ports of an earlier daemon; those whose interface is gone are removed.
    func adoptPorts() throws(ApusError) {
        var found: [apus_port] = []
        try kernel.ports.forEach(UInt32(0), apus_port()) { _, port in found.append(port) }
        for value in found {
            var name = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
            let isThere = unsafe if_indextoname(value.interface, &name) != nil
            let interface = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            var address: UInt64 = 0
            unsafe withUnsafeBytes(of: value.peer) { bytes in
                for index in 0..<6 { address = unsafe address << 8 | UInt64(bytes[index]) }
            }
            let isPeer = value.flags & UInt32(APUS_PORT_PEER) != 0
            let port = DatapathPort(
                number: PortNumber(rawValue: value.number), interface: interface, index: value.interface, isVeth: isPeer,
                peerAddress: isPeer ? MACAddress(rawValue: address) : nil)
            portsByNumber[port.number] = Port(port: port, slot: value.slot)
            if isThere { try tell(port, value.slot) } else { try remove(port.number) }
        }
        let used = Set(portsByNumber.values.map(\.slot))
        freeSlots.removeAll { used.contains($0) }
    }
}
