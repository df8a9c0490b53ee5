public import LinuxSystem

/// What a client asks the daemon for; each has one reply.
///
/// A bridge is named by its own name or its network's; an empty name is all of them.
public enum Request: Equatable, Sendable {
    /// `.state`.
    case state
    /// `.done`, once everything is in force.
    case change([Change])
    /// `.bridges`.
    case bridges
    /// `.ports`.
    case ports(bridge: String)
    /// `.rules`: those that match a text as `ovs-ofctl dump-flows` takes it.
    case rules(bridge: String, match: String)
    /// `.macs`.
    case macs(bridge: String)
    /// `.mirrors`.
    case mirrors(bridge: String)
    /// `.meters`.
    case meters(bridge: String)
    /// `.megaflows`.
    case megaflows
    /// `.text`: what happens to a packet, in the syntax of a rule's match, or a whole frame in hexadecimal digits after `frame=`.
    case trace(bridge: String, packet: String)
    /// `.drops`.
    case drops
    /// `.capturing`, with a packet socket (packet(7)) for each port: it sees all frames of the port until the client hangs up.
    case capture(ports: [String])
}

/// What the daemon answers.
public enum Reply: Equatable, Sendable {
    /// The request was refused or failed.
    case failed(ApusError)
    /// For each change a number: of a port its number, of rules how many were concerned, otherwise 0.
    case done([UInt32])
    /// What the daemon is.
    case state(SwitchState)
    /// By name.
    case bridges([BridgeSettings])
    /// By number.
    case ports([PortReport])
    /// By table and falling priority.
    case rules([RuleReport])
    /// The MAC table.
    case macs([MACEntry])
    /// By name.
    case mirrors([MirrorSettings])
    /// By id.
    case meters([MeterSettings])
    /// In no order.
    case megaflows([MegaflowReport])
    /// For people.
    case text(String)
    /// Every reason that there is.
    case drops([DropReport])
    /// The ports of the sockets that come along, in their order.
    case capturing([CaptureSource])
}
