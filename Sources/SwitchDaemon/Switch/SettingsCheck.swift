import LinuxSystem
import SwitchControl

/// What settings must be, whatever else the switch holds.
enum SettingsCheck {
    static func check(_ bridge: BridgeSettings) throws(ApusError) {
        try checkName(bridge.name, "a bridge")
        if !bridge.network.isEmpty { try checkWord(bridge.network, "a network") }
        guard bridge.macLimit > 0 else {
            throw ApusError(.invalidArgument, "bridge \(bridge.name): a MAC table of no entries", hint: "ageing 0 learns nothing")
        }
    }

    static func check(_ port: PortSettings) throws(ApusError) {
        func refuse(_ reason: String, hint: String? = nil) -> ApusError { ApusError(.invalidArgument, "port \(port.name): \(reason)", hint: hint) }
        try checkWord(port.name, "a port")
        if port.kind == .patch {
            if !port.interface.isEmpty { throw refuse("a patch port has no interface") }
            if port.peer.isEmpty { throw refuse("a patch port needs the name of its peer") }
        } else {
            try checkName(port.interface, "an interface")
            if !port.peer.isEmpty { throw refuse("only a patch port has a peer") }
        }
        if port.kind == .local && port.interface.utf8.count > 13 {
            throw refuse("the name \(port.interface) is too long for a local port, whose other end is called \(port.interface)-s", hint: "13 bytes at most")
        }
        if port.number > 65279 { throw refuse("\(port.number) is no number of a port", hint: "1 to 65279") }
        if port.tag > 4094 { throw refuse("\(port.tag) is no VLAN", hint: "1 to 4094") }
        for vlan in port.trunks where !(1...4094).contains(vlan) { throw refuse("\(vlan) is no VLAN", hint: "1 to 4094") }
        if port.vlanMode == .access && !port.trunks.isEmpty {
            throw refuse("an access port has no trunk", hint: "the modes are trunk, native-tagged, native-untagged")
        }
        if port.vlanMode == .trunk && port.tag != 0 { throw refuse("a trunk has no tag of its own", hint: "the modes native-tagged and native-untagged have") }
        if port.vlanMode.isNative && port.tag == 0 { throw refuse("a native VLAN needs a tag") }
        if !port.mac.isEmpty && (port.mac.count != 6 || port.mac[0] & 1 == 1) { throw refuse("its MAC address is none of a single station") }
        for address in port.addresses where address.count != 4 && address.count != 16 { throw refuse("an address has \(address.count) bytes") }
        if port.guardsSource && port.mac.isEmpty { throw refuse("the source of frames can be guarded only where the port's MAC address is known") }
        if !port.hostAddresses.isEmpty && port.kind != .local { throw refuse("only a local port has addresses of the host") }
        for text in port.hostAddresses where HostAddress(text) == nil { throw refuse("\(text) is no address with a prefix", hint: "such as 10.88.0.1/16") }
        for alias in port.owner.aliases { try checkWord(alias, "an alias") }
    }

    static func check(_ mirror: MirrorSettings) throws(ApusError) {
        try checkWord(mirror.name, "a mirror")
        if mirror.output.isEmpty == (mirror.outputVLAN == 0) {
            throw ApusError(.invalidArgument, "mirror \(mirror.name) needs either a port or a VLAN to send copies to")
        }
        for vlan in mirror.vlans + [mirror.outputVLAN] where vlan > 4094 { throw ApusError(.invalidArgument, "mirror \(mirror.name): \(vlan) is no VLAN") }
    }

    static func check(_ meter: MeterSettings) throws(ApusError) {
        if meter.id == 0 || meter.id > 0xffff { throw ApusError(.invalidArgument, "\(meter.id) is no id of a meter", hint: "1 to 65535") }
        if meter.rate == 0 { throw ApusError(.invalidArgument, "meter \(meter.id) needs a rate") }
    }

    /// What may become the name of an interface (dev_valid_name of the kernel).
    private static func checkName(_ name: String, _ what: String) throws(ApusError) {
        try checkWord(name, what)
        if name.utf8.count > 15 { throw ApusError(.invalidArgument, "\(name) is too long for the name of \(what)", hint: "15 bytes at most") }
    }

    /// A word that lists, rules and the database can hold: no blanks, commas, quotes and the like.
    private static func checkWord(_ word: String, _ what: String) throws(ApusError) {
        let isPlain = word.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !"/:,;\"'()[]{}<>=\\".utf8.contains($0) }
        if word.isEmpty || !isPlain || word == "." || word == ".." || word.utf8.count > 255 {
            throw ApusError(.invalidArgument, "\"\(word)\" is no name of \(what)", hint: "letters, digits, - . _ @ and their like")
        }
    }
}

extension PortVLANMode {
    /// Whether the trunk takes frames without tag.
    var isNative: Bool { self == .nativeTagged || self == .nativeUntagged }
}
