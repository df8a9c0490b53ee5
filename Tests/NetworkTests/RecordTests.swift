import Glibc
import LinuxSystem
import Testing

@testable import Network

/// Networks on disk.
@Suite struct RecordTests {
    private func store(_ body: (NetworkStore) throws -> Void) throws {
        let directory = "/tmp/apus-networks-\(getpid())-\(UInt32.random(in: .min ... .max))"
        try makeDirectories(directory)
        defer { try? removeTree(directory) }
        try body(NetworkStore(Instance(root: directory)))
    }

    @Test func theDefaultNeedsNothing() throws {
        try store { store throws in
            let network = try store.find("default")
            #expect(try store.find("bridge") == network && store.find(network.shortID) == network && store.all() == [network])
            #expect(network.subnets.count == 2 && network.hasIPv6 && !network.isInternal && network.bridge.utf8.count <= 13)
            #expect(network.ranges[0].gateway.hasSuffix(".0.1") && network.ranges[1].gateway.hasSuffix("::1"))
        }
    }

    @Test func createFindRemove() throws {
        try store { store throws in
            var request = NetworkRequest(name: "web")
            request.subnets = ["10.9.0.0/16", "fd09::/64"]
            request.gateways = ["10.9.0.254"]
            request.ranges = ["10.9.5.0/24"]
            request.options = ["com.docker.network.driver.mtu": "1400"]
            request.labels = ["a": "b"]
            request.vlan = 12
            let made = try store.create(request)
            #expect(try store.find("web") == made && made.mtu == 1400 && made.vlan == 12 && made.labels == ["a": "b"])
            #expect(made.ranges[0] == .init(subnet: "10.9.0.0/16", gateway: "10.9.0.254", range: "10.9.5.0/24"))
            #expect(made.ranges[1] == .init(subnet: "fd09::/64", gateway: "fd09::1"))
            func fails(_ sentence: String, _ change: (inout NetworkRequest) -> Void) {
                var request = NetworkRequest(name: "other")
                change(&request)
                let error = #expect(throws: ApusError.self) { try store.create(request) }
                #expect(error?.message == sentence)
            }
            fails("network with name web already exists") { $0.name = "web" }
            fails("cannot make network other: 10.9.128.0/17 overlaps with network web") { $0.subnets = ["10.9.128.0/17"] }
            fails("cannot make network other with two subnets of IPv4") { $0.subnets = ["10.1.0.0/24", "10.2.0.0/24"] }
            fails("invalid subnet \"10.1.0.0\"") { $0.subnets = ["10.1.0.0"] }
            fails("invalid gateway 10.1.0.1: it is in no subnet of the network") {
                $0.subnets = ["10.2.0.0/16"]; $0.gateways = ["10.1.0.1"]
            }
            fails("invalid gateway 10.2.0.0: no machine in 10.2.0.0/16 can have it") {
                $0.subnets = ["10.2.0.0/16"]; $0.gateways = ["10.2.0.0"]
            }
            fails("invalid ip-range 10.1.0.0/24: it is in no subnet of the network") {
                $0.subnets = ["10.2.0.0/16"]; $0.ranges = ["10.1.0.0/24"]
            }
            fails("invalid vlan 4095: it is a number from 1 to 4094") { $0.vlan = 4095 }
            fails("the network option colour is not supported") { $0.options = ["colour": "red"] }
            fails("cannot make network other: 10.2.0.0/31 has no room for a gateway and a container") { $0.subnets = ["10.2.0.0/31"] }
            fails("cannot make a network with the name host: the name is reserved") { $0.name = "host" }
            fails("invalid network name \"../x\"") { $0.name = "../x" }
            try store.remove(made) {}
            #expect(throws: ApusError(.notFound, "no such network: web")) { try store.find("web") }
        }
    }

    @Test func chosenSubnetsDiffer() throws {
        try store { store throws in
            var seen: [Subnet] = []
            for number in 0..<20 {
                var request = NetworkRequest(name: "n\(number)")
                request.wantsIPv6 = true
                for range in try store.create(request).subnets {
                    #expect(!seen.contains { $0.overlaps(range.subnet) })
                    seen.append(range.subnet)
                }
            }
        }
    }
}
