import LinuxSystem

/// One step of a transaction: all steps of a request are carried out, or none.
public enum Change: Equatable, Sendable {
    /// Makes a bridge; with `mayExist`, one that is there stays as it is.
    case addBridge(BridgeSettings, mayExist: Bool = false)
    /// Replaces the settings of the bridge of that name.
    case setBridge(BridgeSettings)
    /// Removes a bridge with its ports, rules, mirrors and meters.
    case removeBridge(String, mayLack: Bool = false)
    /// Makes a port, which forwards once the reply comes; with `mayExist`, one of that name and bridge gets the new settings.
    case addPort(PortSettings, mayExist: Bool = false)
    /// Replaces the settings of the port of that name; its number and interface stay.
    case setPort(PortSettings)
    /// Removes a port, by name, interface, number, or the name or id of its container; an empty bridge is any.
    case removePort(bridge: String, port: String, mayLack: Bool = false)
    /// Adds rules, in the syntax of `ovs-ofctl add-flow`; one with the same table, priority and match is replaced.
    case addRules(bridge: String, [String])
    /// Gives matching rules new actions, as `ovs-ofctl mod-flows`; strict: only one with the same priority and match.
    case modifyRules(bridge: String, [String], isStrict: Bool = false)
    /// Removes matching rules, as `ovs-ofctl del-flows`; an empty text is all rules.
    case removeRules(bridge: String, [String], isStrict: Bool = false)
    /// Makes these the rules of the bridge, as `ovs-ofctl replace-flows`; statistics of those that stay go on.
    case replaceRules(bridge: String, [String])
    /// Makes a mirror, or replaces the one of that name.
    case setMirror(MirrorSettings)
    /// Removes a mirror.
    case removeMirror(bridge: String, name: String)
    /// Makes a meter, or replaces the one of that id.
    case setMeter(MeterSettings)
    /// Removes a meter.
    case removeMeter(bridge: String, id: UInt32)
    /// Puts a static entry into the MAC table.
    case addMAC(MACEntry)
    /// Removes an entry, static or learned, from the MAC table.
    case removeMAC(bridge: String, vlan: UInt16, mac: [UInt8])
    /// Forgets what a bridge has learned.
    case flushMACs(bridge: String)
}

extension Change: WireValue {
    /// Removes nothing.
    init() { self = .removeBridge("") }

    mutating func fields(_ coder: inout WireCoder) throws(ApusError) {
        var number = UInt8(0)
        var parts = Parts()
        switch self {
        case .addBridge(let bridge, let flag): (number, parts.bridge, parts.flag) = (0, bridge, flag)
        case .setBridge(let bridge): (number, parts.bridge) = (1, bridge)
        case .removeBridge(let name, let flag): (number, parts.name, parts.flag) = (2, name, flag)
        case .addPort(let port, let flag): (number, parts.port, parts.flag) = (3, port, flag)
        case .setPort(let port): (number, parts.port) = (4, port)
        case .removePort(let bridge, let name, let flag): (number, parts.name, parts.second, parts.flag) = (5, bridge, name, flag)
        case .addRules(let bridge, let rules): (number, parts.name, parts.texts) = (6, bridge, rules)
        case .modifyRules(let bridge, let rules, let flag): (number, parts.name, parts.texts, parts.flag) = (7, bridge, rules, flag)
        case .removeRules(let bridge, let rules, let flag): (number, parts.name, parts.texts, parts.flag) = (8, bridge, rules, flag)
        case .replaceRules(let bridge, let rules): (number, parts.name, parts.texts) = (9, bridge, rules)
        case .setMirror(let mirror): (number, parts.mirror) = (10, mirror)
        case .removeMirror(let bridge, let name): (number, parts.name, parts.second) = (11, bridge, name)
        case .setMeter(let meter): (number, parts.meter) = (12, meter)
        case .removeMeter(let bridge, let id): (number, parts.name, parts.id) = (13, bridge, id)
        case .addMAC(let entry): (number, parts.entry) = (14, entry)
        case .removeMAC(let bridge, let vlan, let mac): (number, parts.name, parts.vlan, parts.mac) = (15, bridge, vlan, mac)
        case .flushMACs(let bridge): (number, parts.name) = (16, bridge)
        }
        try coder.field(&number)
        self = try parts.change(number, &coder)
    }
}

/// Room for what the changes hold.
private struct Parts {
    var bridge = BridgeSettings()
    var port = PortSettings()
    var mirror = MirrorSettings()
    var meter = MeterSettings()
    var entry = MACEntry()
    var name = ""
    var second = ""
    var texts: [String] = []
    var flag = false
    var id: UInt32 = 0
    var vlan: UInt16 = 0
    var mac: [UInt8] = []

    /// Codes what belongs to the change of that number.
    mutating func change(_ number: UInt8, _ coder: inout WireCoder) throws(ApusError) -> Change {
        switch number {
        case 0:
            try coder.field(&bridge)
            try coder.field(&flag)
            return .addBridge(bridge, mayExist: flag)
        case 1:
            try coder.field(&bridge)
            return .setBridge(bridge)
        case 2:
            try coder.field(&name)
            try coder.field(&flag)
            return .removeBridge(name, mayLack: flag)
        case 3:
            try coder.field(&port)
            try coder.field(&flag)
            return .addPort(port, mayExist: flag)
        case 4:
            try coder.field(&port)
            return .setPort(port)
        case 5:
            try coder.field(&name)
            try coder.field(&second)
            try coder.field(&flag)
            return .removePort(bridge: name, port: second, mayLack: flag)
        case 6, 7, 8, 9: return try rules(number, &coder)
        case 10:
            try coder.field(&mirror)
            return .setMirror(mirror)
        case 11:
            try coder.field(&name)
            try coder.field(&second)
            return .removeMirror(bridge: name, name: second)
        case 12:
            try coder.field(&meter)
            return .setMeter(meter)
        case 13:
            try coder.field(&name)
            try coder.field(&id)
            return .removeMeter(bridge: name, id: id)
        case 14:
            try coder.field(&entry)
            return .addMAC(entry)
        case 15:
            try coder.field(&name)
            try coder.field(&vlan)
            try coder.field(&mac)
            return .removeMAC(bridge: name, vlan: vlan, mac: mac)
        case 16:
            try coder.field(&name)
            return .flushMACs(bridge: name)
        default: throw WireCoder.malformed("there is no change \(number)")
        }
    }

    private mutating func rules(_ number: UInt8, _ coder: inout WireCoder) throws(ApusError) -> Change {
        try coder.field(&name)
        try coder.field(&texts)
        if number == 6 { return .addRules(bridge: name, texts) }
        if number == 9 { return .replaceRules(bridge: name, texts) }
        try coder.field(&flag)
        return number == 7 ? .modifyRules(bridge: name, texts, isStrict: flag) : .removeRules(bridge: name, texts, isStrict: flag)
    }
}
