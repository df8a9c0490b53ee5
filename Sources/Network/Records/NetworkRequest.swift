import LinuxSystem
import PacketCore

/// What `network create` asks for.
public struct NetworkRequest: Sendable {
    /// The name.
    public var name: String
    /// `--subnet`, one of each version at most; none chooses.
    public var subnets: [String] = []
    /// `--gateway`, each in one of the subnets.
    public var gateways: [String] = []
    /// `--ip-range`, each in one of the subnets.
    public var ranges: [String] = []
    /// `--internal`.
    public var isInternal = false
    /// `--ipv6`: a subnet of IPv6 is chosen where none is given.
    public var wantsIPv6 = false
    /// `--vlan`; nil for none.
    public var vlan: Int?
    /// `--opt`.
    public var options: [String: String] = [:]
    /// `--label`.
    public var labels: [String: String] = [:]

    /// A request for a network whose ranges are chosen.
    public init(name: String) { self.name = name }

    /// The record, checked against the networks that exist and against the host.
    func record(existing: [NetworkRecord], instance: Instance) throws(ApusError) -> NetworkRecord {
        let id = Self.randomID()
        let taken = existing.flatMap { $0.subnets.map(\.subnet) }
        var chosen: [Subnet] = []
        for text in subnets { chosen.append(try Self.subnet(text)) }
        for isV4 in [true, false] where chosen.filter({ $0.first.isV4 == isV4 }).count > 1 {
            throw ApusError(.invalidArgument, "cannot make network \(name) with two subnets of IPv\(isV4 ? 4 : 6)")
        }
        for subnet in chosen {
            if let other = existing.first(where: { $0.subnets.contains { $0.subnet.overlaps(subnet) } }) {
                throw ApusError(.conflict, "cannot make network \(name): \(subnet) overlaps with network \(other.name)")
            }
        }
        let needsV4 = !chosen.contains { $0.first.isV4 }
        let needsV6 = wantsIPv6 && !chosen.contains { !$0.first.isV4 }
        if needsV4 || needsV6 {
            let seed = UInt32(instance.name, radix: 16) ?? 0
            let free = FreeSubnets(used: taken + chosen + (try FreeSubnets.ofHost()), seed: seed &+ UInt32(existing.count))
            if needsV4 { chosen.insert(try free.ipv4(), at: 0) }
            if needsV6 { chosen.append(try free.ipv6(site: Self.site(instance))) }
        }
        var record = NetworkRecord(
            id: id, name: name, created: Timestamp.now().description, isInternal: isInternal, vlan: try checkedVLAN(), ranges: [],
            options: try checkedOptions(), labels: labels, bridge: "ab\(instance.name.prefix(6))\(id.prefix(5))")
        record.ranges = try addressRanges(chosen)
        return record
    }

    private func addressRanges(_ chosen: [Subnet]) throws(ApusError) -> [NetworkRecord.Range] {
        var result: [NetworkRecord.Range] = []
        var gatewaysLeft: [IPAddress] = []
        for text in gateways {
            guard let address = IPAddress(text) else { throw ApusError(.invalidArgument, "invalid gateway \"\(text)\": it is no IP address") }
            gatewaysLeft.append(address)
        }
        var rangesLeft: [Subnet] = []
        for text in ranges { rangesLeft.append(try Self.subnet(text, flag: "ip-range")) }
        for subnet in chosen {
            guard subnet.hostBits >= 2 else {
                throw ApusError(.invalidArgument, "cannot make network \(name): \(subnet) has no room for a gateway and a container")
            }
            let own = gatewaysLeft.firstIndex { subnet.contains($0) }.map { gatewaysLeft.remove(at: $0) }
            let gateway = own ?? subnet.first.with(number: subnet.first.number + 1)
            guard subnet.isUsable(gateway) else { throw ApusError(.invalidArgument, "invalid gateway \(gateway): no machine in \(subnet) can have it") }
            let range = rangesLeft.firstIndex { subnet.contains($0) }.map { rangesLeft.remove(at: $0) }
            result.append(NetworkRecord.Range(subnet: "\(subnet)", gateway: "\(gateway)", range: range.map { "\($0)" }))
        }
        if let left = gatewaysLeft.first { throw ApusError(.invalidArgument, "invalid gateway \(left): it is in no subnet of the network") }
        if let left = rangesLeft.first { throw ApusError(.invalidArgument, "invalid ip-range \(left): it is in no subnet of the network") }
        return result
    }

    private func checkedVLAN() throws(ApusError) -> UInt16? {
        guard let vlan else { return nil }
        guard (1...4094).contains(vlan) else { throw ApusError(.invalidArgument, "invalid vlan \(vlan): it is a number from 1 to 4094") }
        return UInt16(vlan)
    }

    /// Options that mean nothing are refused; Docker's names are understood.
    private func checkedOptions() throws(ApusError) -> [String: String] {
        var checked: [String: String] = [:]
        for (key, value) in options {
            switch key {
            case "mtu", "com.docker.network.driver.mtu":
                guard let mtu = UInt32(value), (68...65535).contains(mtu) else {
                    throw ApusError(.invalidArgument, "invalid option \(key)=\(value): an MTU is a number of bytes from 68 to 65535")
                }
                checked["mtu"] = value
            case "uplink", "parent":
                guard !value.isEmpty, value.utf8.count <= 15, !value.contains("/") else {
                    throw ApusError(.invalidArgument, "invalid option \(key)=\(value): it is the name of a network device of the host")
                }
                checked["uplink"] = value
            case "isolate", "com.docker.network.bridge.enable_icc":
                guard let flag = ["true": true, "false": false, "1": true, "0": false][value] else {
                    throw ApusError(.invalidArgument, "invalid option \(key)=\(value): it is true or false")
                }
                // Docker's says whether containers may talk to one another.
                checked["isolate"] = "\(key == "isolate" ? flag : !flag)"
            default:
                throw ApusError(.notSupported, "the network option \(key) is not supported", hint: "known are mtu, uplink and isolate")
            }
        }
        return checked
    }

    private static func subnet(_ text: String, flag: String = "subnet") throws(ApusError) -> Subnet {
        guard let subnet = Subnet(text) else {
            throw ApusError(.invalidArgument, "invalid \(flag) \"\(text)\"", hint: "write an address and its prefix, such as 10.1.0.0/16")
        }
        return subnet
    }

    /// 40 bits that are this machine's and this instance's (RFC 4193 wants them to be unlikely elsewhere).
    private static func site(_ instance: Instance) -> UInt64 {
        let machine = (try? readText("/etc/machine-id")) ?? ""
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in (machine + instance.root).utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return (hash ^ hash >> 40) & 0xff_ffff_ffff
    }

    private static func randomID() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<4).map { _ in
            let digits = String(generator.next() as UInt64, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
