import Cgroups
import LinuxSystem
import Testing

@testable import Engine

@Suite("Processes of containers") struct ProcessTests {
    private static func process(_ name: String = "sleep", commandLine: String = "sleep\u{0}100\u{0}", terminal: Int = 0, ticks: Int = 0) -> HostProcess? {
        let stat = "42 (\(name)) S 7 42 42 \(terminal) -1 4194560 1 0 0 0 \(ticks) 50 0 0 20 0 1 0 1000 1 1 1"
        return HostProcess(stat: stat, status: "Name:\tx\nUid:\t1000\t0\t1000\t1000\nGid:\t0\n", commandLine: Array(commandLine.utf8))
    }

    @Test("The files of /proc") func files() throws {
        let process = try #require(Self.process(ticks: 250))
        #expect(process.pid == 42 && process.parent == 7 && process.uid == 0 && process.ticks == 300 && process.started == 1000)
        #expect(process.command == "sleep 100" && process.terminalName == "?")
        #expect(Self.process("a) (b c", commandLine: "")?.command == "[a) (b c]")
        #expect(Self.process(commandLine: "a\u{1B}[2J\nb\u{0}")?.command == "a?[2J?b")
        #expect(Self.process(terminal: 34816)?.terminalName == "pts/0" && Self.process(terminal: 35072 + 3)?.terminalName == "pts/259")
        #expect(Self.process(terminal: 1025)?.terminalName == "tty1" && Self.process(terminal: 1088)?.terminalName == "ttyS0")
        for stat in ["", "42", "42 (x", "x (y) S 1", "42 ) ( S", "42 (x) S 1 2 3"] {
            #expect(HostProcess(stat: stat, status: "Uid:\t0\t0", commandLine: []) == nil, "\(stat)")
        }
    }

    @Test("The columns of ps -ef") func table() throws {
        let clock = HostClock(boot: 1_700_000_000, uptime: 110, ticksPerSecond: 100, now: 1_700_000_110)
        let process = try #require(Self.process(ticks: 950))
        let table = ProcessTable([process], clock: clock, users: HostUsers(passwd: Array("root:x:0:0::/:/bin/sh\nbad\ntoor:x:0:0::/:\n".utf8)))
        #expect(table.titles == ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"])
        #expect(table.rows.first?.enumerated().filter { $0.offset != 4 }.map(\.element) == ["root", "42", "7", "10", "?", "00:00:10", "sleep 100"])
        #expect(HostUsers(passwd: []).name(12) == "12")
        let old = HostClock(boot: 1_600_000_000, uptime: 1e8, ticksPerSecond: 100, now: 1_700_000_000)
        #expect(old.startTime(0) == "2020")
        #expect(ProcessTable([try #require(Self.process(ticks: 9_000_000))], clock: old, users: HostUsers(passwd: [])).rows[0][6] == "1-01:00:00")
    }

    @Test("What ps lists is reduced to the container's") func ps() throws {
        let text = "  PID TTY      STAT   TIME COMMAND\n    1 ?        Ss     0:01 init\n   42 ?        S      0:00 sleep  100 \n  420 ?        S      0:00 x\n"
        let table = try ProcessTable(ps: text, pids: [42, 7])
        #expect(table.titles == ["PID", "TTY", "STAT", "TIME", "COMMAND"] && table.rows == [["42", "?", "S", "0:00", "sleep  100 "]])
        #expect(try ProcessTable(ps: "PID X\n1\n", pids: [1]).rows == [["1", ""]])
        let error = #expect(throws: ApusError.self) { try ProcessTable(ps: "TTY CMD\n? x\n", pids: []) }
        #expect(error?.description == "cannot tell the container's processes: ps does not list PID; leave the column pid in its options")
    }

    @Test("Network counters leave out the loopback") func network() {
        let text = """
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
                lo:    9999      10    0    0    0     0          0         0     9999      10    0    0    0     0       0          0
              eth0:    1000      10    0    0    0     0          0         0      500      10    0    0    0     0       0          0
              eth1:24      1    0    0    0     0          0         0      6      1    0    0    0     0       0          0
               bad: 1 2 3
            """
        let counters = NetworkCounters(text)
        #expect(counters.received == 1024 && counters.sent == 506)
        #expect(NetworkCounters("") == NetworkCounters())
    }
}

@Suite("Facts of the host") struct HostFactsTests {
    @Test("Memory and the name of the system") func files() {
        #expect(HostMemory.total(meminfo: "MemTotal:       16 kB\nMemFree: 1 kB\n") == 16384)
        #expect(HostMemory.total(meminfo: "x") == 0 && HostMemory.total(meminfo: "MemTotal: 99999999999999999999 kB") == 0)
        #expect(HostFacts.systemName("NAME=x\nPRETTY_NAME=\"Debian GNU/Linux 12\"\n") == "Debian GNU/Linux 12")
        #expect(HostFacts.systemName("PRETTY_NAME=Arch") == "Arch" && HostFacts.systemName("PRETTY_NAME=\"") == "\"" && HostFacts.systemName("") == "Linux")
    }

    @Test("Control groups in one line, and what they lack") func cgroups() {
        let hybrid = CgroupFacts(layout: .hybrid, legacy: ["memory", "cpu", "cpuset", "pids", "blkio"], unified: ["hugetlb"], limitsSwap: false)
        #expect(hybrid.summary == "hybrid: memory, cpu, cpuset, pids, blkio v1; hugetlb, freeze and kill v2")
        #expect(hybrid.warnings == ["No swap limit support"])
        let unified = CgroupFacts(layout: .unified, legacy: [], unified: ["cpuset", "cpu", "io", "memory", "pids"], limitsSwap: true)
        #expect(unified.summary == "unified: cpuset, cpu, io, memory, pids, freeze and kill v2" && unified.warnings.isEmpty)
        let bare = CgroupFacts(layout: .legacy, legacy: ["devices"], unified: [], limitsSwap: false)
        #expect(bare.summary == "legacy: devices v1")
        #expect(bare.warnings == ["memory", "CPU", "cpuset", "pids", "block I/O"].map { "No \($0) limit support" })
    }
}
