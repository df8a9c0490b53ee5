import LinuxSystem
import PacketCore
import Testing

@testable import NameServer
@testable import Network

/// Who is found by whom.
@Suite struct NameDirectoryTests {
    static let web = IPAddress.v4(IPv4Address(rawValue: 0x0a01_0002))
    private static func ip(_ text: String) -> IPAddress { IPAddress(text) ?? web }

    private static func network(_ name: String, _ number: Int, isInternal: Bool = false) -> NetworkRecord {
        NetworkRecord(
            id: name, name: name, created: "", isInternal: isInternal,
            ranges: [.init(subnet: "10.\(number).0.0/16", gateway: "10.\(number).0.1"), .init(subnet: "fd0\(number)::/64", gateway: "fd0\(number)::1")],
            options: [:], labels: [:], bridge: "ab-\(name)")
    }

    private static func container(_ name: String, _ places: [(network: String, number: Int, host: Int, aliases: [String])], dns: [String] = []) -> Connectivity
    {
        var container = Connectivity(
            id: String(repeating: name.first.map { "\($0.asciiValue ?? 0 % 10)" } ?? "0", count: 64), name: name, hostname: name, dns: dns)
        container.endpoints = places.enumerated().map { index, place in
            Endpoint(
                network: place.network, networkID: place.network, interface: "eth\(index)", link: "av\(index)", mac: "02:00:00:00:00:01",
                addresses: [
                    .init(address: "10.\(place.number).0.\(place.host)", prefix: 16, gateway: "10.\(place.number).0.1"),
                    .init(address: "fd0\(place.number)::\(place.host)", prefix: 64, gateway: "fd0\(place.number)::1"),
                ], aliases: place.aliases, isGateway: index == 0)
        }
        return container
    }

    static let directory = NameDirectory(
        networks: [network("red", 1), network("blue", 2), network("closed", 3, isInternal: true)],
        containers: [
            container("web", [("red", 1, 2, ["www"])]), container("Web2", [("red", 1, 3, ["www"])]),
            container("db", [("blue", 2, 2, ["store"])], dns: ["192.0.2.9"]),
            container("both", [("red", 1, 9, []), ("blue", 2, 9, [])]), container("shut", [("closed", 3, 2, [])]),
        ])

    private func find(_ name: String, _ kind: UInt16 = Question.Kind.a, from: String = "10.1.0.2", on network: String = "red") throws -> [String]? {
        let question = try #require(Question(QuestionTests.query(name, kind)))
        let directory = Self.directory
        switch directory.find(question, on: network, asker: directory.container(at: Self.ip(from), on: network)) {
        case .records(let records):
            return records.map { record in
                switch record {
                case .address(let bytes): "\(IPAddress(bytes: bytes) ?? Self.web)"
                case .name(let name): name
                }
            }.sorted()
        case .nobody: return ["nobody"]
        case .unknown: return nil
        }
    }

    @Test func names() throws {
        #expect(try find("web") == ["10.1.0.2"] && find("WEB") == ["10.1.0.2"] && find("web2") == ["10.1.0.3"])
        #expect(try find("web", Question.Kind.aaaa) == ["fd01::2"])
        #expect(try find("web", 15) == [], "known, but no mail exchanger")
        #expect(try find("www") == ["10.1.0.2", "10.1.0.3"], "an alias of two")
        #expect(try find("web.red") == ["10.1.0.2"] && find("web.blue") == nil)
        #expect(try find("db") == nil, "on another network")
        #expect(try find("db", from: "10.1.0.9") == ["10.2.0.2"], "asked by one who is on both")
        #expect(try find("store", from: "10.1.0.9") == ["10.2.0.2"] && find("store") == nil)
        #expect(try find("host.docker.internal") == ["10.1.0.1"])
        #expect(try find("example.org") == nil)
        #expect(try find("web", from: "10.1.0.77") == ["10.1.0.2"], "the host asks too")
    }

    @Test func addresses() throws {
        #expect(try find("2.0.1.10.in-addr.arpa", 12) == ["web.red"])
        #expect(try find("2.0.2.10.in-addr.arpa", 12) == ["nobody"], "ours, but not to be seen from here")
        #expect(try find("1.2.0.192.in-addr.arpa", 12) == nil)
    }

    @Test func whoIsSentOn() throws {
        let resolver = Resolver(Self.directory, ownAddresses: [Self.ip("10.1.0.1")])
        func decide(_ from: String, on network: String, _ servers: [String] = ["192.0.2.53", "10.1.0.1"]) -> Resolver.Decision {
            resolver.decide(QuestionTests.query("example.org"), from: Self.ip(from), on: network, hostServers: { servers.map(Self.ip) })
        }
        func code(_ decision: Resolver.Decision) -> UInt8? { if case .answer(let bytes) = decision { bytes[3] & 15 } else { nil } }
        #expect(decide("10.1.0.2", on: "red") == .forward(to: [Self.ip("192.0.2.53")]), "not to ourselves")
        #expect(decide("10.2.0.2", on: "blue") == .forward(to: [Self.ip("192.0.2.9")]), "--dns")
        #expect(code(decide("10.3.0.2", on: "closed")) == 5, "an internal network has no way out, not by names either")
        #expect(code(decide("10.1.0.200", on: "red")) == 5, "a stranger, or a question that comes back to us")
        #expect(code(decide("10.1.0.2", on: "red", ["10.1.0.1"])) == 2)
        #expect(Resolver.servers(in: "# x\nnameserver 192.0.2.1\nsearch a\nnameserver\t::1 \nnameserver x\n") == [Self.ip("192.0.2.1"), Self.ip("::1")])
    }
}
