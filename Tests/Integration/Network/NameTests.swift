import Engine
import Glibc
import LinuxSystem
import Testing

/// Containers find each other by name, and the world by the host's name servers or their own.
@Suite(.requires(.file(switchProgram))) struct NameTests {
    /// A name server that knows the IPv4 address of every name below example: 192.0.2.2; other records it does not have.
    private static let server = """
        import socket
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind(('192.0.2.2', 53))
        while True:
            q, a = s.recvfrom(4096)
            end = q.index(0, 12) + 5
            known = q[12:end].lower().find(bytes([7]) + b'example') >= 0 and q[end - 4:end - 2] == bytes([0, 1])
            r = q[:2] + bytes([0x81, 0x80, 0, 1, 0, 1 if known else 0, 0, 0, 0, 0]) + q[12:end]
            if known: r += bytes([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 192, 0, 2, 2])
            s.sendto(r, a)
        """

    @Test func namesOfAContainersNetworks() throws {
        try NetworkedApus.with { net throws in
            try net.apus("network create --ipv6 red")
            try net.apus("network create blue")
            try net.sleeper("web", "--network red --network-alias www --network-alias Site")
            try net.sleeper("db", "--network blue")
            try net.sleeper("asker", "--network red")
            let (web, short) = (try net.address("web", "Networks.red.IPAddress"), try net.apus("inspect -f {{.Id}} web").prefix(12))
            for name in ["web", "www", "site", "WEB", "web.red", String(short)] {
                #expect(try net.sh("asker", "ping -4 -c 1 -W 2 \(name)").contains("(\(web))"), "\(name)")
            }
            #expect(try net.succeeds("asker", "ping -6 -c 1 -W 2 web"))
            #expect(try !net.succeeds("asker", "ping -c 1 -W 2 db"), "on another network")
            #expect(try net.sh("asker", "nslookup \(web) 2>&1").contains("web.red"))
            #expect(try net.sh("asker", "ping -4 -c 1 -W 2 host.docker.internal").contains("(\(try net.address("asker", "Networks.red.Gateway")))"))
            // Who comes and goes is known at once.
            try net.apus("network connect blue asker")
            #expect(try net.succeeds("asker", "ping -c 1 -W 2 db"))
            try net.apus("rm -f web")
            #expect(try !net.succeeds("asker", "ping -c 1 -W 2 web"))
            try net.sleeper("web", "--network red")
            #expect(try net.succeeds("asker", "ping -c 1 -W 2 web"))
        }
    }

    @Test func theWorldByTheContainersOwnServers() throws {
        try NetworkedApus.with { net throws in
            let outside = try net.outside()
            let server = try Running(outside.prefix + ["python3", "-c", Self.server], input: .empty, environment: ["PATH": "/usr/bin:/bin"])
            defer { server.stop() }
            usleep(isSlow ? 3_000_000 : 500_000)
            try net.sleeper("asker", "--network default --dns 192.0.2.2 --dns-search example")
            #expect(try net.sh("asker", "cat /etc/resolv.conf").contains("nameserver \(try net.address("asker", "Networks.default.Gateway"))"))
            #expect(try net.sh("asker", "ping -c 1 -W 2 beyond.example").contains("(192.0.2.2)"))
            #expect(try net.sh("asker", "ping -c 1 -W 2 beyond").contains("(192.0.2.2)"), "--dns-search")
            try net.apus("network create --internal closed")
            try net.sleeper("shut", "--network closed --dns 192.0.2.2")
            #expect(try !net.succeeds("shut", "ping -c 1 -W 1 beyond.example"), "names are a way out too")
        }
    }

    /// kill -9 of the daemon: containers go on, and a new one has its names again.
    @Test func theDaemonIsKilled() throws {
        try NetworkedApus.with { net throws in
            try net.sleeper("web", "--network default")
            try net.sleeper("asker", "--network default")
            #expect(try net.succeeds("asker", "ping -4 -c 1 -W 2 web"))
            let state = try net.apus("switch show --format json")
            let digits = try #require(state.split(separator: "\"pid\":", maxSplits: 1).last).drop { $0 == " " }.prefix(while: \.isNumber)
            let pid = try #require(Int32(digits))
            kill(pid, SIGKILL)
            // Its end takes a moment, in which its socket still lets in.
            for _ in 0..<500 where try FileLock.isHeld("\(net.apus.paths.run)/switchd.lock") { usleep(10_000) }
            let address = try net.address("web")
            #expect(try net.succeeds("asker", "ping -c 1 -W 2 \(address)"), "known flows go on")
            try net.sleeper("third", "--network default")
            #expect(try net.succeeds("third", "ping -c 1 -W 2 web && ping -c 1 -W 2 asker"))
        }
    }
}
