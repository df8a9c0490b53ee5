import Engine
import Glibc
import LinuxSystem
import Network
import Testing

/// Containers on networks, with the real programs; the host is a network namespace of each test's own.
@Suite(.requires(.file(switchProgram))) struct ContainerNetworkTests {
    @Test func theDefaultNetworkNeedsNothing() throws {
        try NetworkedApus.with { net throws in
            try net.sleeper("one", "--network default")
            try net.sleeper("two", "--network bridge")
            let (one, two) = (try net.address("one"), try net.address("two"))
            #expect(one != two && !one.isEmpty)
            #expect(try net.sh("one", "ping -c 1 -W 2 \(two) >/dev/null && echo yes") == "yes")
            #expect(try net.sh("one", "ping -c 1 -W 2 \(try net.address("two", "GlobalIPv6Address")) >/dev/null && echo yes") == "yes")
            // The host is the gateway, in both versions.
            for gateway in [try net.address("one", "Gateway"), try net.address("one", "IPv6Gateway")] {
                #expect(try net.sh("one", "ping -c 1 -W 2 \(gateway) >/dev/null && echo yes") == "yes")
            }
            #expect(try net.sh("one", "cat /etc/hosts").contains("\(one)\t"))
            #expect(try net.sh("one", "ip -o link show eth0").contains(try net.address("one", "MacAddress")))
            #expect(try net.host.attempt(["ping", "-c", "1", "-W", "2", two]).code == 0)
        }
    }

    @Test func addressesAreGivenBack() throws {
        try NetworkedApus.with { net throws in
            try net.apus("network create --subnet 10.77.0.0/29 small")
            for round in 0..<3 {
                // Five of the six usable addresses; the gateway has one.
                for number in 0..<5 { try net.sleeper("c\(round)-\(number)", "--network small") }
                let full = try net.run(["run", "--rm", "--network", "small", "busybox", "true"])
                #expect(full.code == 125 && full.errorOutput.hasPrefix("apus: cannot find a free address in 10.77.0.0/29: all are taken"), "\(full)")
                // A stopped one gives its address back, a removed one too.
                let names = (0..<5).map { "c\(round)-\($0)" }
                try net.run(["kill"] + names)
                try net.run(["rm", "-f"] + names)
            }
            try net.apus("run --rm --network small --ip 10.77.0.5 busybox true")
        }
    }

    @Test func fixedAddressesAndNames() throws {
        try NetworkedApus.with { net throws in
            try net.apus("network create --subnet 10.77.0.0/24 --subnet fd77::/64 --opt mtu=1400 fixed")
            try net.sleeper("web", "--network fixed --ip 10.77.0.50 --ip6 fd77::50 --mac-address 02:00:00:00:00:50 --hostname www")
            #expect(try net.address("web") == "10.77.0.50" && net.address("web", "GlobalIPv6Address") == "fd77::50")
            #expect(try net.sh("web", "ip -o link show eth0").contains("mtu 1400"))
            #expect(try net.sh("web", "cat /sys/class/net/eth0/address; hostname") == "02:00:00:00:00:50\nwww")
            #expect(try net.sh("web", "cat /etc/hosts").contains("10.77.0.50\twww\nfd77::50\twww"))
            try net.refuses(
                "the address 10.77.0.50 is already in use by container \(try net.apus("inspect -f {{.Id}} web").prefix(12))",
                "run --rm --network fixed --ip 10.77.0.50 busybox true")
            try net.refuses(
                "cannot give the address 10.78.0.1 on network fixed: it is none of 10.77.0.0/24 that a container can have",
                "run --rm --network fixed --ip 10.78.0.1 busybox true")
            try net.apus("run --rm --network fixed --add-host db:10.9.9.9 --add-host up:host-gateway busybox grep -q 10.9.9.9 /etc/hosts")
            #expect(try net.apus("run --rm --network fixed --add-host up:host-gateway busybox cat /etc/hosts").contains("10.77.0.1\tup"))
        }
    }

    @Test func manyStartsAtOnce() throws {
        try NetworkedApus.with { net throws in
            let count = rounds(50, slow: 8)
            try net.apus("network create --subnet 10.77.0.0/24 many")
            let starts = try (0..<count).map { number in
                try Running(
                    net.host.prefix + [Apus.program, "run", "-d", "--name", "m\(number)", "--network", "many", "busybox", "sleep", "600"], input: .empty,
                    environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "APUS_ROOT": net.apus.paths.root])
            }
            for start in starts {
                let outcome = try start.wait(timeout: 120)
                #expect(outcome.code == 0 && outcome.errorOutput.isEmpty, "\(outcome)")
            }
            var addresses: Set<String> = []
            for number in 0..<count { addresses.insert(try net.address("m\(number)")) }
            #expect(addresses.count == count)
            let last = try net.address("m\(count - 1)")
            #expect(try net.sh("m0", "ping -c 1 -W 2 \(last) >/dev/null && echo yes") == "yes")
            try net.run(["rm", "-f"] + (0..<count).map { "m\($0)" }, timeout: 120)
            let id = try net.apus("network inspect -f {{.Id}} many")
            #expect(try listDirectory("\(net.apus.paths.run)/networks/\(id)/addresses").filter { !$0.hasPrefix("next.") }.isEmpty)
        }
    }

    @Test func networksAreApart() throws {
        try NetworkedApus.with { net throws in
            for name in ["red", "blue"] {
                try net.apus("network create --ipv6 \(name)")
                try net.sleeper("in-\(name)", "--network \(name)")
            }
            let other = try net.address("in-blue")
            #expect(try !net.succeeds("in-red", "ping -c 1 -W 1 \(other)"))
            #expect(try !net.succeeds("in-red", "ping -c 1 -W 1 \(try net.address("in-blue", "GlobalIPv6Address"))"))
            // One on both reaches both, and stays on the one when it leaves the other.
            try net.sleeper("both", "--network red --network blue")
            #expect(try net.succeeds("both", "ping -c 1 -W 2 \(other) && ping -c 1 -W 2 \(try net.address("in-red"))"))
            try net.apus("network disconnect blue both")
            #expect(try !net.succeeds("both", "ping -c 1 -W 1 \(other)"))
            #expect(try net.succeeds("both", "ping -c 1 -W 2 \(try net.address("in-red"))"))
        }
    }

    @Test func connectAndDisconnect() throws {
        try NetworkedApus.with { net throws in
            try net.apus("network create --subnet 10.77.0.0/24 red")
            try net.apus("network create --subnet 10.78.0.0/24 blue")
            try net.sleeper("mover", "--network red")
            try net.sleeper("there", "--network blue --ip 10.78.0.9")
            try net.apus("network connect --ip 10.78.0.5 --alias late blue mover")
            #expect(try net.succeeds("mover", "ping -c 1 -W 2 10.78.0.9"))
            #expect(try net.sh("mover", "ip -o -4 address show eth1").contains("10.78.0.5/24"))
            try net.refuses("container mover is already connected to network blue", "network connect blue mover")
            // The way out moves to what is left.
            try net.apus("network disconnect red mover")
            #expect(try net.sh("mover", "ip route show default").contains("via 10.78.0.1"))
            #expect(try net.apus("ps --format {{.Networks}} --filter name=mover") == "blue")
            // A restart finds it as it was left.
            try net.apus("restart -t 0 mover")
            #expect(try net.address("mover") == "10.78.0.5" && net.succeeds("mover", "ping -c 1 -W 2 10.78.0.9"))
            let users = try net.run(["network", "rm", "blue"])
            #expect(users.code == 1 && users.errorOutput.contains("it is in use by container"), "\(users)")
            try net.run(["rm", "-f", "mover", "there"])
            let bridge = try net.apus("network inspect -f {{.Bridge}} blue")
            #expect(try net.host.run("ip -o link").contains(bridge))
            try net.apus("network rm blue")
            #expect(try !net.host.run("ip -o link").contains(bridge))
        }
    }
}

/// The switch's daemon.
let switchProgram = "\(Apus.programs)/apus-switchd"
