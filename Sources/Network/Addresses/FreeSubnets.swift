public import LinuxSystem
import Netlink
import PacketCore

/// Chooses subnets that nothing on the host uses.
public struct FreeSubnets: Sendable {
    private let used: [Subnet]
    private let seed: UInt32

    /// A chooser.
    ///
    /// - Parameters:
    ///   - used: what is in use.
    ///   - seed: where the search begins: two instances, of which one may be down, begin in different places.
    public init(used: [Subnet], seed: UInt32) {
        self.used = used
        self.seed = seed
    }

    /// The subnets of the host's addresses and routes.
    public static func ofHost() throws(ApusError) -> [Subnet] {
        var socket = try NetlinkSocket()
        var used: [Subnet] = []
        for address in try socket.addresses() {
            if let own = IPAddress(bytes: address.bytes), let subnet = Subnet(own, prefix: Int(address.prefix)) { used.append(subnet) }
        }
        for route in try socket.routes() where route.prefix > 0 {
            if let first = IPAddress(bytes: route.destination), let subnet = Subnet(first, prefix: Int(route.prefix)) { used.append(subnet) }
        }
        return used
    }

    /// A subnet of IPv4 with 65,534 addresses below 10.64.0.0/10, or 254 where these are taken.
    public func ipv4() throws(ApusError) -> Subnet {
        let pools: [(first: UInt32, prefix: Int, size: Int)] = [(0x0a40_0000, 10, 16), (0xac10_0000, 12, 20), (0xc0a8_0000, 16, 24)]
        for pool in pools {
            let count = UInt32(1) << UInt32(pool.size - pool.prefix)
            for step in 0..<count {
                let address = pool.first + ((seed &+ step) % count) << UInt32(32 - pool.size)
                if let subnet = Subnet(.v4(IPv4Address(rawValue: address)), prefix: pool.size), isFree(subnet) { return subnet }
            }
        }
        throw ApusError(.conflict, "cannot find a private range of IPv4 addresses that the host does not use", hint: "give one with --subnet")
    }

    /// A subnet of IPv6 with 64 bits for machines: unique local addresses (RFC 4193), whose 40 random bits are the machine's and the instance's.
    public func ipv6(site: UInt64) throws(ApusError) -> Subnet {
        for step in 0..<UInt32(65536) {
            let number = UInt128(0xfd) << 120 | UInt128(site & 0xff_ffff_ffff) << 80 | UInt128((seed &+ step) & 0xffff) << 64
            if let subnet = Subnet(.v6(IPv6Address(rawValue: number)), prefix: 64), isFree(subnet) { return subnet }
        }
        throw ApusError(.conflict, "cannot find a range of IPv6 addresses that the host does not use", hint: "give one with --subnet")
    }

    private func isFree(_ subnet: Subnet) -> Bool { !used.contains { $0.overlaps(subnet) } }
}
