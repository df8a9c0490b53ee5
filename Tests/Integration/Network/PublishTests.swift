import Glibc
import LinuxSystem
import Testing

/// The way in and out: published ports, masquerading, networks that nothing leaves.
@Suite(.requires(.file(switchProgram))) struct PublishTests {
    private let server = "while true; do echo here | nc -l -p 80; done"

    /// What a connection to a port answers, a line; empty when nobody does.
    private func ask(_ place: NetworkPlace, _ host: String, _ port: Int) throws -> String {
        let outcome = try place.attempt(["busybox", "timeout", "3", "busybox", "nc", host, "\(port)"])
        return outcome.output.split(separator: "\n").first.map(String.init) ?? ""
    }

    private func serve(_ net: NetworkedApus, _ name: String, _ flags: String) throws {
        try net.apus("run -d --name \(name) \(flags) busybox sh -c", server)
        usleep(isSlow ? 3_000_000 : 300_000)
    }

    @Test func portsFromOutsideAndFromTheHost() throws {
        try NetworkedApus.with { net throws in
            let outside = try net.outside()
            try serve(net, "web", "--network default -p 8080:80 -p 127.0.0.1:8081:80")
            #expect(try ask(outside, "192.0.2.1", 8080) == "here")
            #expect(try ask(outside, "fd99::1", 8080) == "here")
            #expect(try ask(net.host, "127.0.0.1", 8080) == "here")
            #expect(try ask(net.host, "192.0.2.1", 8080) == "here")
            #expect(try ask(net.host, "127.0.0.1", 8081) == "here")
            #expect(try ask(outside, "192.0.2.1", 8081).isEmpty, "published for the host alone")
            // What is not published is not reached, though the way is known.
            try outside.run("ip route add 10.0.0.0/8 via 192.0.2.1")
            #expect(try ask(outside, try net.address("web"), 80).isEmpty)
            // From a container of the same network by the host's address.
            try net.sleeper("peer", "--network default")
            #expect(try net.sh("peer", "timeout 3 nc 192.0.2.1 8080 | head -n 1") == "here")
            #expect(try net.sh("web", "timeout 3 nc 192.0.2.1 8080 | head -n 1") == "here", "by its own port")
            let ports = try net.apus("port web")
            for line in ["80/tcp -> 0.0.0.0:8080", "80/tcp -> [::]:8080", "80/tcp -> 127.0.0.1:8081"] { #expect(ports.contains(line), "\(ports)") }
            #expect(try net.apus("ps --format {{.Ports}} --filter name=web").contains("0.0.0.0:8080->80/tcp"))
            try net.refuses(
                "cannot publish 0.0.0.0:8080/tcp: the port is already allocated: address already in use (EADDRINUSE)",
                "run --rm --network default -p 8080:80 busybox true")
            // With the container everything goes.
            try net.apus("rm -f web")
            #expect(try ask(net.host, "127.0.0.1", 8080).isEmpty)
            #expect(try !net.host.run("nft list ruleset").contains("8080"))
            try serve(net, "again", "--network default -p 8080:80")
            #expect(try ask(outside, "192.0.2.1", 8080) == "here")
        }
    }

    @Test func randomPortsAndRanges() throws {
        try NetworkedApus.with { net throws in
            try serve(net, "web", "--network default -P --expose 80 -p 9000-9005:81")
            let port = try #require(try net.apus("port web 80").split(separator: "\n").first?.split(separator: ":").last.flatMap { Int($0) })
            #expect(port > 1024)
            #expect(try ask(net.host, "127.0.0.1", port) == "here")
            #expect(try net.apus("port web 81").hasPrefix("0.0.0.0:9000"))
        }
    }

    @Test func theWayOut() throws {
        try NetworkedApus.with { net throws in
            let outside = try net.outside()
            try net.apus("network create --internal --ipv6 closed")
            try net.sleeper("open", "--network default")
            try net.sleeper("shut", "--network closed")
            // The outside knows no way to the containers' addresses: they come as the host's.
            #expect(try net.succeeds("open", "ping -c 1 -W 2 192.0.2.2"))
            #expect(try net.succeeds("open", "ping -c 1 -W 2 fd99::2"))
            #expect(try !net.succeeds("shut", "ping -c 1 -W 1 192.0.2.2"))
            #expect(try !net.sh("shut", "ip route").contains("default"))
            // Also not when the container knows the way.
            let gateway = try net.apus("network inspect -f", "{{(index .IPAM.Config 0).Gateway}}", "closed")
            #expect(
                try net.run([
                    "run", "--rm", "--network", "closed", "--cap-add", "NET_ADMIN", "busybox", "sh", "-c",
                    "ip route add default via \(gateway) && ping -c 1 -W 1 192.0.2.2",
                ]).code != 0)
            // Nor is the host's 127.0.0.1 reached by route_localnet.
            #expect(
                try net.run([
                    "run", "--rm", "--network", "default", "--cap-add", "NET_ADMIN", "busybox", "sh", "-c",
                    "ip addr del 127.0.0.1/8 dev lo; ip route add 127.0.0.1/32 via \(try net.address("open", "Gateway")) dev eth0 && ping -c 1 -W 1 127.0.0.1",
                ]).code != 0)
            _ = outside
        }
    }
}
