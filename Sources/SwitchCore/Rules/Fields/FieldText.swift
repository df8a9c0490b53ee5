internal import LinuxSystem
internal import PacketCore

/// Finds a port by the name in a rule; LOCAL is asked for too.
public typealias PortResolver = (String) -> PortNumber?

/// Names a port for printing; nil prints the number.
public typealias PortNamer = (PortNumber) -> String?

/// A number in decimal or with 0x; nil for anything else.
func parseNumber(_ text: some StringProtocol) -> UInt128? {
    let bytes = Array(text.utf8)
    let isHexadecimal = bytes.starts(with: Array("0x".utf8)) || bytes.starts(with: Array("0X".utf8))
    let digits = isHexadecimal ? bytes.dropFirst(2) : bytes[...]
    guard !digits.isEmpty else { return nil }
    var value: UInt128 = 0
    for digit in digits {
        guard let number = Character(UnicodeScalar(digit)).hexDigitValue, isHexadecimal || number < 10 else { return nil }
        let (product, overflow) = value.multipliedReportingOverflow(by: isHexadecimal ? 16 : 10)
        let (sum, carry) = product.addingReportingOverflow(UInt128(number))
        guard !overflow, !carry else { return nil }
        value = sum
    }
    return value
}

extension Field {
    /// Reads "VALUE" or "VALUE/MASK" (of addresses also "/LENGTH"); the value is under the mask.
    func parse(_ text: Substring, ports: PortResolver) throws(ApusError) -> (value: UInt128, mask: UInt128) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        switch info.form {
        case .tcpFlags:
            if let first = text.first, first == "+" || first == "-" { return try Field.parseFlags(text) }
        case .fragment:
            if let named = Field.fragments.first(where: { $0.name == text }) { return (named.value, named.mask) }
        default: break
        }
        guard let value = parseOne(parts[0], ports: ports) else { throw refuse(text) }
        guard parts.count == 2 else { return (value, allBits) }
        guard info.form != .port else { throw ApusError(.invalidArgument, "\(name) cannot be masked: \"\(text)\"") }
        guard let mask = parseMask(parts[1]) else { throw ApusError(.invalidArgument, "\"\(parts[1])\" is no mask for \(name)") }
        return (value & mask, mask)
    }

    private func refuse(_ text: Substring) -> ApusError { ApusError(.invalidArgument, "\"\(text)\" is no value for \(name)", hint: expected) }

    private var expected: String? {
        switch info.form {
        case .decimal, .hexadecimal: "a number up to \(allBits) is"
        case .mac: "an address such as 52:54:00:12:34:56 is"
        case .ipv4: "an address such as 10.0.0.1 or 10.0.0.0/8 is"
        case .ipv6: "an address such as fd00::1 or fd00::/64 is"
        case .port: "the name or number of a port is"
        case .tcpFlags: "a number or flags such as +syn-ack are"
        case .fragment: "no, yes, first, later or not_later is"
        }
    }

    private func parseOne(_ text: Substring, ports: PortResolver) -> UInt128? {
        switch info.form {
        case .mac: return MACAddress(text).map { UInt128($0.rawValue) }
        case .ipv4: return IPv4Address(text).map { UInt128($0.rawValue) }
        case .ipv6: return IPv6Address(text).map(\.rawValue)
        case .port:
            if let number = parseNumber(text) { return number <= allBits ? number : nil }
            return ports(unquoted(text)).map { UInt128($0.rawValue) }
        default: return parseNumber(text).flatMap { $0 <= allBits ? $0 : nil }
        }
    }

    private func parseMask(_ text: Substring) -> UInt128? {
        switch info.form {
        case .ipv4: if let length = parseNumber(text), length <= 32 { return UInt128(IPv4Address.mask(length: Int(length)).rawValue) }
        case .ipv6: if let length = parseNumber(text), length <= 128 { return IPv6Address.mask(length: Int(length)).rawValue }
        default: break
        }
        return parseOne(text) { _ in nil }
    }

    /// The value, with its mask where that is not whole.
    func print(_ value: UInt128, mask: UInt128, ports: PortNamer) -> String {
        switch info.form {
        case .tcpFlags where mask != allBits: return Field.printFlags(value, mask)
        case .fragment: if let named = Field.fragments.first(where: { $0.value == value && $0.mask == mask }) { return named.name }
        default: break
        }
        let text = printOne(value, ports)
        guard mask != allBits else { return text }
        switch info.form {
        case .ipv4: if let length = IPv4Address(rawValue: UInt32(mask)).maskLength { return "\(text)/\(length)" }
        case .ipv6: if let length = IPv6Address(rawValue: mask).maskLength { return "\(text)/\(length)" }
        default: break
        }
        return text + "/" + (info.form == .decimal ? "0x" + String(mask, radix: 16) : printOne(mask) { _ in nil })
    }

    private func printOne(_ value: UInt128, _ ports: PortNamer) -> String {
        switch info.form {
        case .decimal, .fragment: return String(value)
        case .port: return ports(PortNumber(rawValue: UInt32(value))).map(quotedIfNeeded) ?? String(value)
        case .hexadecimal, .tcpFlags: return "0x" + String(value, radix: 16)
        case .mac: return MACAddress(rawValue: UInt64(value)).description
        case .ipv4: return IPv4Address(rawValue: UInt32(value)).description
        case .ipv6: return IPv6Address(rawValue: value).description
        }
    }
}

/// Names with other characters than these stand between quotes, as `ovs-ofctl` prints them.
func quotedIfNeeded(_ name: String) -> String {
    let isPlain = !name.isEmpty && parseNumber(name) == nil && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !",=:()\"/".utf8.contains($0) }
    return isPlain ? name : "\"\(name)\""
}

/// Takes quotes off.
func unquoted(_ text: Substring) -> String {
    text.count >= 2 && text.first == "\"" && text.last == "\"" ? String(text.dropFirst().dropLast()) : String(text)
}
