import PacketCore
import SwitchControl
import SwitchCore

extension RunningPort {
    /// The port as the slow path sees it.
    ///
    /// - Parameter peer: of a patch the port at the other end, where it is there and names this one.
    func configuration(peer: PortNumber?) -> PortConfiguration {
        var port = PortConfiguration(number: number, name: settings.name)
        port.vlanMode =
            switch settings.vlanMode {
            case .access: .access
            case .trunk: .trunk
            case .nativeTagged: .nativeTagged
            case .nativeUntagged: .nativeUntagged
            }
        (port.tag, port.trunks) = (settings.tag, VLANSet(settings.trunks))
        if settings.guardsSource {
            var ipv4: [IPv4Address] = []
            var ipv6: [IPv6Address] = []
            for address in settings.addresses {
                if address.count == 4 {
                    ipv4.append(IPv4Address(rawValue: address.reduce(0) { $0 << 8 | UInt32($1) }))
                } else {
                    ipv6.append(IPv6Address(rawValue: address.reduce(0) { $0 << 8 | UInt128($1) }))
                }
            }
            port.sourceGuard = SourceGuard(mac: MACAddress(settings.mac), ipv4: ipv4, ipv6: ipv6)
        }
        (port.trustsServers, port.isIsolated, port.macLimit) = (settings.trustsServers, settings.isIsolated, Int(settings.macLimit))
        (port.rate, port.burst, port.stormLimit) = (settings.rate, burst, UInt64(settings.stormLimit))
        (port.isLocal, port.peer) = (settings.kind == .local, peer)
        port.isUp = settings.kind == .patch ? peer != nil : link?.isUp == true
        return port
    }

    /// Bits that may come in at once above the rate.
    var burst: UInt64 { settings.rate == 0 ? 0 : settings.burst == 0 ? max(settings.rate / 10, 12_000) : settings.burst }

    /// The datapath's meters of the port: rates and bursts, of which 0 is none.
    var meters: [(id: UInt32, rate: UInt64, burst: UInt64)] {
        [
            (MeterID.rate(of: number), settings.rate, burst),
            (MeterID.storm(of: number), UInt64(settings.stormLimit), UInt64(max(settings.stormLimit / 10, settings.stormLimit == 0 ? 0 : 1))),
        ]
    }
}

extension MACAddress {
    /// From six bytes.
    init(_ bytes: [UInt8]) { self.init(rawValue: bytes.reduce(0) { $0 << 8 | UInt64($1) }) }

    /// Six bytes.
    var bytes: [UInt8] { (0..<6).map { UInt8(truncatingIfNeeded: rawValue >> (40 - 8 * $0)) } }
}
