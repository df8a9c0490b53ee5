public import LinuxSystem

extension SwitchClient {
    /// What the daemon is.
    public func state() throws(ApusError) -> SwitchState {
        guard case .state(let state) = try ask(.state) else { throw SwitchClient.unexpected }
        return state
    }

    /// The bridges, by name.
    public func bridges() throws(ApusError) -> [BridgeSettings] {
        guard case .bridges(let list) = try ask(.bridges) else { throw SwitchClient.unexpected }
        return list
    }

    /// The ports of a bridge, or of all, by number.
    public func ports(of bridge: String = "") throws(ApusError) -> [PortReport] {
        guard case .ports(let list) = try ask(.ports(bridge: bridge)) else { throw SwitchClient.unexpected }
        return list
    }

    /// The rules of a bridge that match a text as `ovs-ofctl dump-flows` takes it.
    public func rules(of bridge: String, matching match: String = "") throws(ApusError) -> [RuleReport] {
        guard case .rules(let list) = try ask(.rules(bridge: bridge, match: match)) else { throw SwitchClient.unexpected }
        return list
    }

    /// The MAC table of a bridge, or of all.
    public func macs(of bridge: String = "") throws(ApusError) -> [MACEntry] {
        guard case .macs(let list) = try ask(.macs(bridge: bridge)) else { throw SwitchClient.unexpected }
        return list
    }

    /// The mirrors of a bridge, or of all.
    public func mirrors(of bridge: String = "") throws(ApusError) -> [MirrorSettings] {
        guard case .mirrors(let list) = try ask(.mirrors(bridge: bridge)) else { throw SwitchClient.unexpected }
        return list
    }

    /// The meters of a bridge, or of all.
    public func meters(of bridge: String = "") throws(ApusError) -> [MeterSettings] {
        guard case .meters(let list) = try ask(.meters(bridge: bridge)) else { throw SwitchClient.unexpected }
        return list
    }

    /// The flows that the datapath holds.
    public func megaflows() throws(ApusError) -> [MegaflowReport] {
        guard case .megaflows(let list) = try ask(.megaflows) else { throw SwitchClient.unexpected }
        return list
    }

    /// What would happen to a packet, table by table.
    public func trace(_ packet: String, in bridge: String) throws(ApusError) -> String {
        guard case .text(let text) = try ask(.trace(bridge: bridge, packet: packet)) else { throw SwitchClient.unexpected }
        return text
    }

    /// How many packets were dropped, by reason.
    public func drops() throws(ApusError) -> [DropReport] {
        guard case .drops(let list) = try ask(.drops) else { throw SwitchClient.unexpected }
        return list
    }
}
