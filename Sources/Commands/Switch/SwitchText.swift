import PacketCore
import SwitchControl

/// How commands of the switch write its things.
enum SwitchText {
    /// A MAC address of six bytes; empty for none.
    static func mac(_ bytes: [UInt8]) -> String {
        bytes.count == 6 ? MACAddress(rawValue: bytes.reduce(0) { $0 << 8 | UInt64($1) }).description : ""
    }

    /// An address of four or sixteen bytes.
    static func address(_ bytes: [UInt8]) -> String {
        bytes.count == 4
            ? IPv4Address(rawValue: bytes.reduce(0) { $0 << 8 | UInt32($1) }).description
            : IPv6Address(rawValue: bytes.reduce(0) { $0 << 8 | UInt128($1) }).description
    }

    /// The bytes of an address; nil for what is none.
    static func bytes(address text: String) -> [UInt8]? {
        if let address = IPv4Address(text) { return (0..<4).map { UInt8(truncatingIfNeeded: address.rawValue >> (24 - 8 * $0)) } }
        if let address = IPv6Address(text) { return (0..<16).map { UInt8(truncatingIfNeeded: address.rawValue >> (120 - 8 * $0)) } }
        return nil
    }

    /// The bytes of a MAC address; nil for what is none.
    static func bytes(mac text: String) -> [UInt8]? {
        MACAddress(text).map { address in (0..<6).map { UInt8(truncatingIfNeeded: address.rawValue >> (40 - 8 * $0)) } }
    }

    /// The mode of a port's VLANs by its name in commands.
    static func name(_ mode: PortVLANMode) -> String {
        switch mode {
        case .access: "access"
        case .trunk: "trunk"
        case .nativeTagged: "native-tagged"
        case .nativeUntagged: "native-untagged"
        }
    }

    /// A port's VLANs in a few words; empty for an access port of none.
    static func vlans(_ port: PortSettings) -> String {
        var words: [String] = []
        if port.vlanMode != .access { words.append(name(port.vlanMode)) }
        if port.tag != 0 { words.append("tag \(port.tag)") }
        if !port.trunks.isEmpty { words.append("trunk \(ranges(port.trunks))") }
        return words.joined(separator: " ")
    }

    /// Numbers with those that follow one another drawn together: 1-3,7.
    static func ranges(_ numbers: [UInt16]) -> String {
        var parts: [(first: UInt16, last: UInt16)] = []
        for number in Set(numbers).sorted() {
            if let last = parts.last, last.last + 1 == number { parts[parts.count - 1].last = number } else { parts.append((number, number)) }
        }
        return parts.map { $0.first == $0.last ? "\($0.first)" : "\($0.first)-\($0.last)" }.joined(separator: ",")
    }

    /// Bits a second in decimal units: 10 Mbit/s.
    static func rate(_ bits: UInt64) -> String {
        for (factor, unit) in [(UInt64(1_000_000_000), "Gbit/s"), (1_000_000, "Mbit/s"), (1000, "kbit/s")] where bits >= factor {
            let tenths = (bits * 10 + factor / 2) / factor
            return tenths % 10 == 0 ? "\(tenths / 10) \(unit)" : "\(tenths / 10).\(tenths % 10) \(unit)"
        }
        return "\(bits) bit/s"
    }

    /// The limits and guards of a port in a few words.
    static func restrictions(_ port: PortSettings) -> [String] {
        var words: [String] = []
        if port.guardsSource { words.append("guarded") }
        if !port.trustsServers { words.append("no servers") }
        if port.isIsolated { words.append("isolated") }
        if port.rate != 0 { words.append("rate \(rate(port.rate))") }
        if port.macLimit != 0 { words.append("MACs \(port.macLimit)") }
        if port.stormLimit != 0 { words.append("storm \(port.stormLimit)/s") }
        return words
    }
}
