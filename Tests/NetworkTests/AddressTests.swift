import Glibc
import LinuxSystem
import PacketCore
import Testing

@testable import Network

/// Subnets, and the addresses that are given out of them.
@Suite struct AddressTests {
    @Test func subnets() throws {
        let subnet = net("10.88.3.7/16")
        #expect("\(subnet)" == "10.88.0.0/16" && "\(subnet.last)" == "10.88.255.255" && subnet.hostBits == 16)
        #expect(subnet.contains(ip("10.88.255.1")) && !subnet.contains(ip("10.89.0.0")))
        #expect(!subnet.isUsable(subnet.first) && !subnet.isUsable(subnet.last) && subnet.isUsable(ip("10.88.0.1")))
        let six = net("fd00:1::5/64")
        #expect("\(six)" == "fd00:1::/64" && "\(six.last)" == "fd00:1::ffff:ffff:ffff:ffff" && six.isUsable(six.last) && !six.isUsable(six.first))
        #expect(net("0.0.0.0/0").contains(subnet) && "\(net("::/0").last)" == "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")
        #expect(subnet.overlaps(net("10.0.0.0/8")) && !subnet.overlaps(net("10.89.0.0/16")) && !subnet.overlaps(six))
        for text in ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/8", "fd00::/129", "/8", "10.0.0.0/8/8", "10.0.0.0/+8", "x/8"] {
            #expect(Subnet(text) == nil, "\(text)")
        }
        let pair = net("10.0.0.2/31")
        #expect(pair.isUsable(pair.first) && pair.isUsable(pair.last))
        #expect(IPAddress("10.0.0.1")?.bytes == [10, 0, 0, 1] && IPAddress(bytes: [10, 0, 0, 1])?.description == "10.0.0.1")
    }

    private func pool(_ body: (AddressPool) throws -> Void) throws {
        let directory = "/tmp/apus-pool-\(getpid())-\(UInt32.random(in: .min ... .max))"
        try makeDirectories(directory)
        defer { try? removeTree(directory) }
        try body(AddressPool(directory: directory))
    }

    @Test func addressesGoRound() throws {
        try pool { pool throws in
            let subnet = net("10.1.0.0/29")
            let gateway = ip("10.1.0.1")
            func take() throws -> String { "\(try pool.take(from: subnet, range: subnet, except: [gateway], for: "c"))" }
            #expect(try [take(), take(), take()] == ["10.1.0.2", "10.1.0.3", "10.1.0.4"])
            pool.release(ip("10.1.0.2"), of: "c")
            // What was just given back comes last.
            #expect(try [take(), take()] == ["10.1.0.5", "10.1.0.6"])
            #expect(try take() == "10.1.0.2")
            #expect(throws: ApusError.self) { try take() }
            #expect(try pool.taken().count == 5)
            let other = #expect(throws: ApusError.self) { try pool.take(ip("10.1.0.3"), for: "d") }
            #expect(other?.description == "the address 10.1.0.3 is already in use by container c")
            pool.release(ip("10.1.0.3"), of: "d")
            #expect(try pool.taken().count == 5, "another's stays")
        }
    }

    @Test func rangesAndDamage() throws {
        try pool { pool throws in
            let subnet = net("10.1.0.0/16")
            let range = net("10.1.2.0/30")
            _ = unsafe symlink("rubbish", "\(pool.directory)/next.10.1.2.0")
            let taken = try (0..<4).map { _ in "\(try pool.take(from: subnet, range: range, except: [], for: "c"))" }
            #expect(taken == ["10.1.2.0", "10.1.2.1", "10.1.2.2", "10.1.2.3"], "all of a range inside the subnet can be given out")
            let six = net("fd00::/64")
            #expect("\(try pool.take(from: six, range: six, except: [], for: "c"))" == "fd00::1")
        }
    }

    @Test func manyAtOnceGetDifferentOnes() throws {
        try pool { pool throws in
            let subnet = net("10.1.0.0/24")
            let threads = try (0..<8).map { number in
                try WorkerThread { for _ in 0..<30 { _ = try? pool.take(from: subnet, range: subnet, except: [], for: "c\(number)") } }
            }
            for thread in threads { thread.join() }
            let taken = try pool.taken()
            #expect(taken.count == 240)
            for number in 0..<8 { #expect(taken.values.filter { $0 == "c\(number)" }.count == 30) }
        }
    }

    @Test func hardwareAddresses() throws {
        #expect(MACAddress(for: ip("10.88.0.2")).description == "02:61:0a:58:00:02")
        let six = MACAddress(for: ip("fd00::2"))
        #expect(!six.isMulticast && six != MACAddress(for: ip("fd00::3")) && six.bytes.count == 6)
    }

    @Test func freeSubnets() throws {
        let used = ["10.64.0.0/16", "10.65.3.0/24", "192.168.1.0/24"].map(net)
        #expect("\(try FreeSubnets(used: used, seed: 0).ipv4())" == "10.66.0.0/16")
        #expect("\(try FreeSubnets(used: used, seed: 7).ipv4())" == "10.71.0.0/16")
        #expect("\(try FreeSubnets(used: [net("10.0.0.0/8")], seed: 0).ipv4())" == "172.16.0.0/20")
        let all = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].map(net)
        #expect(throws: ApusError.self) { try FreeSubnets(used: all, seed: 0).ipv4() }
        #expect("\(try FreeSubnets(used: [], seed: 1).ipv6(site: 0x12_3456_789a))" == "fd12:3456:789a:1::/64")
    }
}

/// An address that a test writes down.
func ip(_ text: String) -> IPAddress { IPAddress(text) ?? .v4(IPv4Address(rawValue: 0)) }

/// A subnet that a test writes down.
func net(_ text: String) -> Subnet {
    guard let subnet = Subnet(text) else { fatalError("\(text) is no subnet") }
    return subnet
}
