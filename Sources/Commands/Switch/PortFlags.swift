import CommandLine
import LinuxSystem
import SwitchControl

/// The flags that describe a port.
enum PortFlags {
    static let tag = Flag.int("tag", value: "vlan", help: "VLAN of frames without tag; 0 for none")
    static let trunk = Flag.list("trunk", value: "vlans", help: "VLANs of a trunk, such as 10,20-29; all for every VLAN")
    static let mode = Flag.string(
        "vlan-mode", value: "mode", completing: .words(PortVLANMode.allCases.map(SwitchText.name)),
        help: "access, trunk, native-tagged or native-untagged; what --tag and --trunk suggest where it is not given")
    static let mac = Flag.string("mac", value: "address", help: "The port's own MAC address")
    static let address = Flag.list("ip", value: "address", help: "An own address of the port; may be given several times")
    static let guarded = Flag.bool("guard", help: "Frames may come in only from the port's own MAC and IP addresses")
    static let servers = Flag.bool("servers", default: true, help: "Answers of DHCP servers and IPv6 routers may come in")
    static let isolated = Flag.bool("isolated", help: "Talk only to ports that are not isolated")
    static let rate = Flag.value("rate", value: "bits", help: "Bits a second that may come in, such as 10m; 0 for any number", parse: bits)
    static let burst = Flag.value("burst", value: "bits", help: "Bits that may come in at once above the rate", parse: bits)
    static let macLimit = Flag.int("mac-limit", value: "number", help: "How many MAC addresses are learned behind it; 0 for any number")
    static let stormLimit = Flag.int(
        "storm-limit", value: "packets", help: "Packets a second of broadcast, multicast and unknown destination that may come in; 0 for any number")
    static let hostAddress = Flag.list("host-address", value: "address", help: "Of a local port: an address of the host on it, such as 10.88.0.1/16")

    static let all: [any DeclaredFlag] = [
        tag, trunk, mode, mac, address, guarded, servers, isolated, rate, burst, macLimit, stormLimit, hostAddress,
    ]

    /// The settings with what the flags say; the rest stays.
    static func changed(_ settings: PortSettings, _ parsed: ParsedCommand) throws(ApusError) -> PortSettings {
        var port = settings
        if let vlan = parsed[tag] { port.tag = try SwitchBridges.number(vlan, tag) }
        if parsed.isSet(trunk) { port.trunks = try parsed[trunk] == ["all"] ? [] : vlans(parsed[trunk]) }
        if let name = parsed[mode] {
            guard let mode = PortVLANMode.allCases.first(where: { SwitchText.name($0) == name }) else {
                throw ApusError(.invalidArgument, "there is no VLAN mode \(name)", hint: "access, trunk, native-tagged, native-untagged")
            }
            port.vlanMode = mode
        } else if parsed.isSet(tag) || parsed.isSet(trunk) {
            let isNative = port.vlanMode == .nativeTagged || port.vlanMode == .nativeUntagged
            if port.tag == 0 { port.vlanMode = .trunk } else if !isNative { port.vlanMode = port.trunks.isEmpty ? .access : .nativeUntagged }
        }
        if let text = parsed[mac] {
            guard let bytes = SwitchText.bytes(mac: text) else { throw ApusError(.invalidArgument, "\(text) is no MAC address") }
            port.mac = bytes
        }
        if parsed.isSet(address) {
            port.addresses = []
            for text in parsed[address] where !text.isEmpty {
                guard let bytes = SwitchText.bytes(address: text) else { throw ApusError(.invalidArgument, "\(text) is no IP address") }
                port.addresses.append(bytes)
            }
        }
        if parsed.isSet(guarded) { port.guardsSource = parsed[guarded] }
        if parsed.isSet(servers) { port.trustsServers = parsed[servers] }
        if parsed.isSet(isolated) { port.isIsolated = parsed[isolated] }
        if let bits = parsed[rate] { port.rate = bits }
        if let bits = parsed[burst] { port.burst = bits }
        if let limit = parsed[macLimit] { port.macLimit = try SwitchBridges.number(limit, macLimit) }
        if let limit = parsed[stormLimit] { port.stormLimit = try SwitchBridges.number(limit, stormLimit) }
        if parsed.isSet(hostAddress) { port.hostAddresses = parsed[hostAddress].filter { !$0.isEmpty } }
        return port
    }

    /// VLANs from lists and ranges: 10,20-29.
    static func vlans(_ texts: [String]) throws(ApusError) -> [UInt16] {
        var numbers: Set<UInt16> = []
        for word in texts.flatMap({ $0.split(separator: ",", omittingEmptySubsequences: false) }) {
            let ends = word.split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, 1 <= first, first <= last, last <= 4094 else {
                throw ApusError(.invalidArgument, "\"\(word)\" is no VLAN and no range of VLANs", hint: "such as 10,20-29, from 1 to 4094")
            }
            numbers.formUnion(first...last)
        }
        return numbers.sorted()
    }

    /// A number of bits with a decimal unit: 500k, 10m, 1g.
    @Sendable static func bits(_ text: String) throws(InvalidValue) -> UInt64 {
        let factors: [Character: UInt64] = ["k": 1000, "m": 1_000_000, "g": 1_000_000_000]
        let unit = text.last.flatMap { factors[Character($0.lowercased())] }
        let (number, isTooMuch) = (UInt64(unit == nil ? text[...] : text.dropLast()) ?? .max).multipliedReportingOverflow(by: unit ?? 1)
        if isTooMuch || number > 1 << 50 { throw InvalidValue("no number of bits, such as 500k, 10m or 1g") }
        return number
    }
}
