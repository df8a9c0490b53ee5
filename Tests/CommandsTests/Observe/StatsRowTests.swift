import CommandLine
import LinuxSystem
import Testing

@testable import Cgroups
@testable import Commands
@testable import Engine

@Suite("Rows of stats and top") struct StatsRowTests {
    private static let record = {
        var record = ContainerRecord(name: "web", imageName: "busybox", imageID: "ab", layers: [], settings: ContainerSettings())
        record.id = String(repeating: "0123456789abcdef", count: 4)
        return record
    }()

    private static func sample(_ seconds: UInt64, cpu: UInt64, _ change: (inout CgroupStats) -> Void = { _ in }) -> ContainerSample {
        var stats = CgroupStats()
        stats.cpu.usage = cpu
        change(&stats)
        return ContainerSample(moment: seconds * 1_000_000_000, counters: stats)
    }

    @Test("Usage is what happened between two samples") func usage() throws {
        let later = Self.sample(12, cpu: 3_500_000_000) {
            var memory = CgroupStats.Memory()
            memory.usage = 20 << 20
            memory.inactiveFile = 4 << 20
            memory.limit = 64 << 20
            $0.memory = memory
            $0.pids.current = 7
            var device = CgroupStats.BlockDevice(major: 8, minor: 0)
            device.readBytes = 1_500_000
            device.writtenBytes = 12
            $0.io = [device, device]
        }
        let usage = ContainerUsage(from: Self.sample(10, cpu: 500_000_000), to: later, hostMemory: 8 << 30)
        #expect(usage.cpuPercent == 150 && usage.memory == 16 << 20 && usage.memoryPercent == 25 && usage.pids == 7)
        let row = StatsRow.value(Self.record, reference: "web", usage)
        #expect(
            try StatsRow.listing.text([row])
                == """
                CONTAINER ID   NAME      CPU %     MEM USAGE / LIMIT   MEM %     NET I/O   BLOCK I/O   PIDS
                0123456789ab   web       150.00%   16MiB / 64MiB       25.00%    0B / 0B   3MB / 24B   7

                """)
    }

    @Test("What is not counted is not made up") func unknown() throws {
        let usage = ContainerUsage(from: Self.sample(1, cpu: 5), to: Self.sample(1, cpu: 5), hostMemory: 1 << 30)
        #expect(usage.cpuPercent == 0 && usage.memory == nil && usage.memoryLimit == 1 << 30)
        let row = StatsRow.value(Self.record, reference: "web", usage)
        #expect(try StatsRow.listing.text([row], format: "{{.CPUPerc}} {{.MemUsage}} {{.MemPerc}} {{.BlockIO}} {{.PIDs}}") == "0.00% -- / 1GiB -- -- 0\n")
        // A counter that went back, as after a restart between two samples.
        #expect(ContainerUsage(from: Self.sample(1, cpu: 5), to: Self.sample(2, cpu: 1), hostMemory: 0).cpuPercent == 0)
    }

    @Test("A container that does not run") func stopped() throws {
        let row = StatsRow.value(Self.record, reference: "01", nil)
        #expect(
            try StatsRow.listing.text([row], format: "json")
                == #"{"BlockIO":"0B / 0B","CPUPerc":"0.00%","Container":"01","ID":"0123456789ab","MemPerc":"0.00%","MemUsage":"0B / 0B","Name":"web","NetIO":"0B / 0B","PIDs":"0"}"#
                + "\n")
    }

    @Test(
        "Percentages have two decimals", arguments: [(0, "0.00%"), (0.004, "0.00%"), (0.005, "0.01%"), (99.999, "100.00%"), (-1, "0.00%"), (200.25, "200.25%")])
    func percent(value: Double, text: String) { #expect(StatsRow.percent(value) == text) }

    @Test("Processes stand in wide columns") func top() {
        let text = Top.text(ProcessTable(titles: ["UID", "PID", "CMD"], rows: [["root", "1", "sh -c a\tb"], ["a-very-long-user-name", "22", "x"]]))
        #expect(
            text == """
                UID                     PID                 CMD
                root                    1                   sh -c a b
                a-very-long-user-name   22                  x
                """)
    }
}
