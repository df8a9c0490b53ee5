import Glibc
import LinuxSystem
import SwitchControl
import Testing

/// kill -9 of `apus-switchd`, and starts of many at once.
@Suite struct SwitchCrashTests {
    /// Flows in the kernel lose no packet while the daemon is dead; the next one takes everything over within a second.
    @Test func knownFlowsLoseNothing() throws {
        try SwitchHost.with { host in
            let one = try host.container(1)
            try host.container(2)
            try host.apus("add-br", "br0")
            for name in ["v1", "v2"] { try host.apus("add-port", "br0", name) }
            try host.apus("add-flow", "br0", "priority=5,icmp,actions=NORMAL", "priority=1,actions=NORMAL")
            #expect(try host.pings(one, "10.0.0.2"))
            // A packet each 2 ms, over the death and the start; neighbours do not ask again meanwhile.
            for (place, other) in [(host.containers[1], 2), (host.containers[2], 1)] {
                try place?.run("ip neigh replace 10.0.0.\(other) lladdr \(host.mac(other)) dev eth0 nud permanent")
            }
            #expect(try host.pings(one, "10.0.0.2"))
            let load = try Running(
                one.prefix + ["ping", "-n", "-q", "-i", "0.002", "-c", "1500", "10.0.0.2"], input: .empty, environment: ["PATH": "/usr/bin:/bin"])
            usleep(500_000)
            let pid = try host.state().pid
            kill(pid, SIGKILL)
            usleep(500_000)
            #expect(try host.attempt(["--help"]).code == 0)
            let start = monotonicNanoseconds()
            let show = try host.apus("show")
            let took = Double(monotonicNanoseconds() - start) / 1e9
            #expect(took < 1 || isSlow, "\(took) s")
            #expect(try host.state().pid != pid && show.contains("v2"))
            let outcome = try load.wait(timeout: 60)
            #expect(outcome.output.contains(" 0% packet loss"), "\(outcome)")
            let dump = try host.apus("dump-flows", "br0", "icmp")
            #expect(!dump.contains("n_packets=0,"), "\(dump)")
            // And it decides again.
            try host.container(3)
            try host.apus("add-port", "br0", "v3")
            #expect(try host.pings(one, "10.0.0.3"))
        }
    }

    /// kill -9 at random moments of a stream of changes: what was told to be done is there, and nothing half.
    @Test func theDatabaseSurvives() throws {
        try SwitchHost.with { host in
            try host.apus("add-br", "br0")
            var told: Set<String> = []
            for round in 0..<rounds(12, slow: 3) {
                let pid = try host.state().pid
                let killer = try WorkerThread {
                    usleep(.random(in: 0...60_000))
                    kill(pid, SIGKILL)
                }
                var number = 0
                while true {
                    let rules = (0..<10).map { "priority=\(number + 1),tcp,tp_dst=\($0 + 1),cookie=\(round),actions=drop" }
                    do throws(ApusError) {
                        guard let client = try SwitchClient.connect(host.paths) else { break }
                        // Old ones go, so that the set does not grow without end.
                        try client.change(.removeRules(bridge: "br0", ["tcp"]), .addRules(bridge: "br0", rules))
                        told = Set((0..<10).map { "\(number + 1) \($0 + 1) \(round)" })
                        number += 1
                    } catch {
                        break
                    }
                }
                killer.join()
                #expect(eventually(seconds: 10) { !fileExists("/proc/\(pid)") || (try? readText("/proc/\(pid)/stat"))?.contains(") Z ") == true })
                try host.apus("show")
                guard let client = try SwitchClient.connect(host.paths) else { throw ApusError(.notFound, "no daemon") }
                let found = Set(
                    try client.rules(of: "br0").map { rule in
                        "\(rule.priority) \(rule.match.split(separator: "=").last ?? "") \(rule.cookie)"
                    })
                // The transaction that was under way may have been carried out and not told.
                let next = Set((0..<10).map { "\(number + 1) \($0 + 1) \(round)" })
                #expect(found == told || found == next, "round \(round): \(found.sorted()) is neither \(told.sorted()) nor \(next.sorted())")
                told = found
            }
        }
    }

    @Test func manyStartOneDaemon() throws {
        try SwitchHost.with { host in
            let runs = try (0..<rounds(20, slow: 5)).map { _ in
                try Running(
                    host.host.prefix + [Apus.program, "--root", "\(host.scratch)/root", "switch", "add-br", "br0", "--may-exist"], input: .empty,
                    environment: ["PATH": "/usr/bin:/bin"])
            }
            for run in runs {
                let outcome = try run.wait(timeout: 60)
                #expect(outcome.code == 0 && outcome.errorOutput.isEmpty, "\(outcome)")
            }
            #expect(try host.state().bridges == 1)
        }
    }

    @Test func aPortGoesWithItsContainer() throws {
        try SwitchHost.with { host in
            let one = try host.container(1)
            let two = try NetworkPlace()
            try host.host.run("ip link add v2 type veth peer name eth0 netns \(two.path)")
            try host.apus("add-br", "br0")
            try host.apus("add-port", "br0", "v1")
            guard let client = try SwitchClient.connect(host.paths) else { throw ApusError(.notFound, "no daemon") }
            var port = PortSettings(bridge: "br0", interface: "v2", kind: .veth)
            (port.owner, port.isEphemeral) = (PortOwner(id: "0123456789abcdef", name: "web"), true)
            try client.change(.addPort(port))
            #expect(try host.apus("ports", "--format", "{{.Name}} {{.Container}}") == "v1 \nv2 web")
            try host.host.run("ip link del v2")
            #expect(eventually(seconds: 5) { (try? client.ports().map(\.settings.name)) == ["v1"] })
            _ = one
        }
    }

    @Test func anAddedPortCostsLittle() throws {
        try SwitchHost.with { host in
            try host.apus("add-br", "br0")
            let place = try NetworkPlace()
            let count = rounds(100, slow: 10)
            for number in 0..<count { try host.host.run("ip link add v\(number) type veth peer name e\(number) netns \(place.path)") }
            guard let client = try SwitchClient.connect(host.paths) else { throw ApusError(.notFound, "no daemon") }
            var times: [UInt64] = []
            for number in 0..<count {
                var port = PortSettings(bridge: "br0", interface: "v\(number)", kind: .veth)
                port.isEphemeral = true
                let start = monotonicNanoseconds()
                try client.change(.addPort(port))
                times.append(monotonicNanoseconds() - start)
            }
            print("adding a port to the BPF datapath: \(times.sorted()[count / 2] / 1000) microseconds (median of \(count))")
            #expect(times.sorted()[count / 2] < 5_000_000 || isSlow)
        }
    }
}

/// The daemon as a service: what it tells systemd, and how it ends.
@Suite struct SwitchServiceTests {
    private func daemon(_ host: SwitchHost, _ environment: [String: String] = [:]) throws -> Running {
        let words = host.host.prefix + ["\(Apus.programs)/apus-switchd", "--root", "\(host.scratch)/root"]
        return try Running(words, input: .empty, environment: ["PATH": "/usr/bin:/bin"].merging(environment) { $1 })
    }

    @Test func itTellsSystemdAndEndsWhenTold() throws {
        try SwitchHost.with { host in
            let path = "\(host.scratch)/notify"
            let socket = OwnedFD(adopting: Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0))
            var address = socketAddress(path)
            try systemCall("bind") { [raw = socket.raw] in unsafe withAddress(&address) { pointer, size in unsafe bind(raw, pointer, size) } }
            let one = try host.container(1)
            try host.container(2)
            let running = try daemon(host, ["NOTIFY_SOCKET": path, "JOURNAL_STREAM": "8:1"])
            var room = [UInt8](repeating: 0, count: 256)
            let count = unsafe recv(socket.raw, &room, room.count, 0)
            #expect(String(decoding: room.prefix(max(0, count)), as: UTF8.self).hasPrefix("READY=1\n"))
            try host.apus("add-br", "br0")
            for name in ["v1", "v2"] { try host.apus("add-port", "br0", name) }
            #expect(try host.pings(one, "10.0.0.2"))
            let pid = try host.state().pid
            kill(pid, SIGTERM)
            let outcome = try running.wait(timeout: 20)
            #expect(outcome.code == 0 && outcome.errorOutput.split(separator: "\n").allSatisfy { $0.hasPrefix("<6>") }, "\(outcome)")
            // What is known goes on without it, and the next one is told of no bridge that is not there.
            #expect(try host.pings(one, "10.0.0.2"))
            #expect(try host.apus("list-br", "--format", "{{.Name}}") == "br0")
        }
    }

    @Test func aSecondOneIsRefused() throws {
        try SwitchHost.with { host in
            try host.apus("add-br", "br0")
            let outcome = try daemon(host).wait(timeout: 20)
            #expect(outcome.code == 1 && outcome.errorOutput == "apus-switchd: another apus-switchd serves \(host.scratch)/root\n", "\(outcome)")
        }
    }

    @Test func packetSocketsWhereBPFIsNotWanted() throws {
        try SwitchHost.with { host in
            let one = try host.container(1)
            try host.container(2)
            let words = host.host.prefix + ["\(Apus.programs)/apus-switchd", "--root", "\(host.scratch)/root", "--datapath", "packet-socket"]
            let running = try Running(words, input: .empty, environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"])
            #expect(eventually(seconds: 10) { (try? host.state().datapath) == "packet-socket" })
            try host.apus("add-br", "br0")
            for name in ["v1", "v2"] { try host.apus("add-port", "br0", name) }
            #expect(try host.pings(one, "10.0.0.2"))
            running.stop()
        }
    }
}
