import Glibc
import LinuxSystem
import OCISpec
import Testing

@testable import Cgroups

@Suite struct CreateTests {
    private let limits = LinuxResources(
        memory: LinuxMemory(limit: 1000, reservation: 500, swap: 1500), cpu: LinuxCPU(shares: 1024, quota: 50000, period: 100000, cpus: "0"),
        pids: LinuxPids(limit: 9))
    private let place = CgroupPlacement.own("apus-1")

    @Test func unifiedHostLiesBesideTheCallersCgroup() throws {
        let (host, tree) = Fake.unified()
        let cgroup = try Cgroup.create("box", in: place, resources: limits, on: host, tree: tree)
        #expect(
            tree.log == [
                "mkdir /c/apus-1", "mkdir /c/apus-1/box", "/c/cgroup.subtree_control = +cpu +cpuset +memory +pids",
                "/c/apus-1/cgroup.subtree_control = +cpu +cpuset +memory +pids", "/c/apus-1/box/memory.swap.max = 500", "/c/apus-1/box/memory.max = 1000",
                "/c/apus-1/box/memory.low = 500",
                "/c/apus-1/box/cpu.weight = 100", "/c/apus-1/box/cpu.max = 50000 100000", "/c/apus-1/box/cpuset.cpus = 0", "/c/apus-1/box/pids.max = 9",
            ])
        #expect(cgroup.record == CgroupRecord(unified: "/c/apus-1/box", legacy: [:], placement: place, name: "box"))
        tree.clearLog()
        _ = try Cgroup.create("second", in: place, resources: limits, on: host, tree: tree)
        #expect(tree.log.first == "mkdir /c/apus-1/second")
    }

    @Test func placesOnAUnifiedHost() throws {
        for (own, placement, expected) in [
            ("", place, "/c/apus-1/box"), ("/user.slice/a.scope", place, "/c/user.slice/apus-1/box"), ("/a", .absolute("/x/y/"), "/c/x/y/box"),
        ] {
            let (host, tree) = Fake.unified(own: own)
            if own.hasPrefix("/user") { tree.set("/c/user.slice/cgroup.subtree_control", "") }
            let cgroup = try Cgroup.create("box", in: placement, resources: nil, accounting: [], on: host, tree: tree)
            #expect(cgroup.record.unified == expected)
        }
    }

    @Test func hybridHostUsesBoth() throws {
        let (host, tree) = Fake.hybrid()
        let cgroup = try Cgroup.create("box", in: place, resources: limits, on: host, tree: tree)
        #expect(
            tree.log == [
                "mkdir /c/unified/apus-1", "mkdir /c/unified/apus-1/box", "mkdir /c/cpu/apus-1", "mkdir /c/cpu/apus-1/box", "mkdir /c/cpuset/apus-1",
                "mkdir /c/cpuset/apus-1/box", "/c/cpuset/apus-1/cpuset.cpus = 0-1", "/c/cpuset/apus-1/box/cpuset.cpus = 0-1",
                "/c/cpuset/apus-1/cpuset.mems = 0", "/c/cpuset/apus-1/box/cpuset.mems = 0", "mkdir /c/memory/deep/apus-1", "mkdir /c/memory/deep/apus-1/box",
                "mkdir /c/pids/apus-1", "mkdir /c/pids/apus-1/box", "/c/memory/deep/apus-1/box/memory.limit_in_bytes = 1000",
                "/c/memory/deep/apus-1/box/memory.memsw.limit_in_bytes = 1500", "/c/memory/deep/apus-1/box/memory.soft_limit_in_bytes = 500",
                "/c/cpu/apus-1/box/cpu.shares = 1024", "/c/cpu/apus-1/box/cpu.cfs_period_us = 100000", "/c/cpu/apus-1/box/cpu.cfs_quota_us = 50000",
                "/c/cpuset/apus-1/box/cpuset.cpus = 0", "/c/pids/apus-1/box/pids.max = 9",
            ])
        try cgroup.remove()
        #expect(tree.directories.filter { $0.hasSuffix("/box") } == [])
        #expect(tree.directories.contains("/c/pids/apus-1"))
        try Cgroup.create("box", in: place, resources: limits, on: host, tree: tree).remove(withEmptyParents: true)
        #expect(tree.directories.filter { $0.hasSuffix("/apus-1") } == [])
    }

    /// The monitor of the last container removes the cgroup above while the next one is being made there.
    @Test(arguments: [1, 20]) func aParentThatVanishesIsMadeAnew(times: Int) throws {
        let (host, tree) = Fake.unified()
        tree.vanish("/c/apus-1", times: times)
        let cgroup = try Cgroup.create("box", in: place, resources: limits, on: host, tree: tree)
        #expect(cgroup.record.unified == "/c/apus-1/box")
        #expect(tree.file("/c/apus-1/cgroup.subtree_control") == "cpu cpuset memory pids")
        let (hybrid, both) = Fake.hybrid()
        for directory in ["/c/unified/apus-1", "/c/pids/apus-1", "/c/cpuset/apus-1"] { both.vanish(directory, times: times) }
        _ = try Cgroup.create("box", in: place, resources: limits, on: hybrid, tree: both)
        #expect(both.file("/c/pids/apus-1/box/pids.max") == "9")
        #expect(both.file("/c/cpuset/apus-1/cpuset.mems") == "0")
    }

    @Test func aParentThatSomebodyNamedStays() throws {
        let (host, tree) = Fake.unified()
        try Cgroup.create("box", in: .absolute("/mine"), resources: limits, on: host, tree: tree).remove(withEmptyParents: true)
        #expect(tree.directories.contains("/c/mine"))
    }

    @Test func withoutLimitsOnlyTheLeastIsMade() throws {
        let (host, tree) = Fake.hybrid()
        let hybrid = try Cgroup.create("box", in: place, resources: nil, on: host, tree: tree)
        #expect(hybrid.record.directories == ["/c/unified/apus-1/box", "/c/memory/deep/apus-1/box"])
        let (old, oldTree) = Fake.legacy()
        let legacy = try Cgroup.create("box", in: place, resources: nil, on: old, tree: oldTree)
        #expect(Set(legacy.record.legacy.keys) == [.memory, .freezer, .cpuacct])
        #expect(!(tree.log + oldTree.log).contains { $0.contains(" = ") })
    }

    @Test func comountedControllersShareADirectory() throws {
        let tree = FakeTree(["/c/both": Fake.v1("cpu").merging(["cpuacct.usage": "1"]) { $1 }])
        let host = CgroupHost(unified: nil, legacy: [.init(controllers: ["cpu", "cpuacct"], mount: "/c/both", own: "")])
        let cgroup = try Cgroup.create("box", in: place, resources: LinuxResources(cpu: LinuxCPU(shares: 2)), on: host, tree: tree)
        #expect(cgroup.record.directories == ["/c/both/apus-1/box"])
        #expect(cgroup.record.legacy[.cpu] == cgroup.record.legacy[.cpuacct])
    }

    @Test func aLimitWithoutControllerFailsAndLeavesNothing() throws {
        let (host, tree) = Fake.unified(own: "")
        tree.set("/c/cgroup.controllers", "hugetlb")
        #expect(
            throws: ApusError(
                .notSupported,
                "cannot limit cpu: controller \"cpu\" is not available in cgroup v2 tree /c (cgroup.controllers: hugetlb)")
        ) {
            try Cgroup.create("box", in: place, resources: LinuxResources(cpu: LinuxCPU(shares: 5)), on: host, tree: tree)
        }
        #expect(!tree.directories.contains { $0.hasPrefix("/c/apus") })
        let (old, oldTree) = Fake.legacy()
        #expect(
            throws: ApusError(
                .notSupported,
                "cannot set rdma[mlx]: controller \"rdma\" is not available on this legacy host (cgroup v1 controllers: cpu, cpuacct, cpuset, memory, devices, freezer, blkio, pids, hugetlb)"
            )
        ) {
            try Cgroup.create("box", in: place, resources: LinuxResources(rdma: ["mlx": LinuxRdma(hcaHandles: 1)]), on: old, tree: oldTree)
        }
    }

    @Test func aRefusedValueFailsAndLeavesNothing() throws {
        for (host, tree) in [Fake.unified(), Fake.hybrid(), Fake.legacy()] {
            let before = tree.directories
            for mount in ["/c/apus-1/box", "/c/pids/apus-1/box"] { tree.fail("\(mount)/pids.max", with: EINVAL) }
            let error = #expect(throws: ApusError.self) { try Cgroup.create("box", in: place, resources: limits, on: host, tree: tree) }
            let path = host.layout == .unified ? "/c/apus-1/box" : "/c/pids/apus-1/box"
            #expect(
                error?.description
                    == "cannot set pids.limit: cannot write \"9\" to \(path)/pids.max (controller pids, cgroup \(host.layout == .unified ? "v2" : "v1")): invalid argument (EINVAL)"
            )
            #expect(tree.directories == before)
        }
    }

    @Test func busyAncestorIsExplained() throws {
        let (host, tree) = Fake.unified(own: "")
        tree.fail("/c/cgroup.subtree_control", with: EBUSY)
        let error = #expect(throws: ApusError.self) { try Cgroup.create("box", in: place, resources: limits, on: host, tree: tree) }
        #expect(
            error?.description
                == "cannot enable controllers: cannot write \"+cpu +cpuset +memory +pids\" to /c/cgroup.subtree_control (cgroup v2): device or resource busy (EBUSY); it holds processes itself: choose another cgroup parent, or move them"
        )
        #expect(tree.directories == ["/c"])
        // For counting alone a controller is not worth a failure.
        #expect(throws: Never.self) { try Cgroup.create("box", in: place, resources: nil, on: host, tree: tree) }
    }

    @Test func aLeftoverIsReplacedAndAnotherOnesCgroupIsNot() throws {
        let (host, tree) = Fake.unified(own: "")
        _ = try Cgroup.create("box", in: place, resources: limits, on: host, tree: tree)
        let second = try Cgroup.create("box", in: place, resources: nil, on: host, tree: tree)
        #expect(tree.file("/c/apus-1/box/memory.max") == "max")
        tree.set("/c/apus-1/box/cgroup.procs", "77")
        #expect(throws: ApusError(.conflict, "cannot make cgroup /c/apus-1/box: it exists and holds processes")) {
            try Cgroup.create("box", in: place, resources: nil, on: host, tree: tree)
        }
        #expect(tree.directories.contains("/c/apus-1/box"))
        let error = #expect(throws: ApusError.self) { try second.remove(within: 0.01) }
        #expect(error?.description == "cannot remove cgroup /c/apus-1/box: device or resource busy (EBUSY); processes are in it: 77")
    }

    @Test func badNamesAreRefused() throws {
        let (host, tree) = Fake.unified()
        for (name, placement, message) in [
            ("", place, "cannot make cgroup \"\": a name has no slash and no line feed and is not . or .."),
            ("a/b", place, "cannot make cgroup \"a/b\": a name has no slash and no line feed and is not . or .."),
            ("a", .absolute("x"), "cannot use cgroup parent \"x\": it must be an absolute path from the top of the hierarchy"),
            ("a", .absolute("/x/../y"), "cannot use cgroup parent \"/x/../y\": it must not contain . or .."),
            ("a", .absolute("/a/system.slice"), "cannot use cgroup parent \"/a/system.slice\": systemd slices are not supported yet"),
        ] {
            let error = #expect(throws: ApusError.self) { try Cgroup.create(name, in: placement, resources: nil, on: host, tree: tree) }
            #expect(error?.message == message)
        }
        #expect(tree.log == [])
    }

    @Test func swapThatIsNotCounted() throws {
        let swap = LinuxResources(memory: LinuxMemory(limit: 10, swap: 20))
        for (host, tree, file) in [
            { ($0.0, FakeTree(["/c": Fake.v2Files.filter { !$0.key.contains("swap") }]), "/c/apus-1/box/memory.swap.max") }(Fake.unified(own: ""))
        ] {
            let error = #expect(throws: ApusError.self) { try Cgroup.create("box", in: place, resources: swap, on: host, tree: tree) }
            #expect(
                error?.description
                    == "cannot set memory.swap: cannot write \"10\" to \(file) (controller memory, cgroup v2): no such file or directory (ENOENT); this kernel does not count swap: boot with swapaccount=1, or set no swap limit"
            )
            #expect(throws: Never.self) { try Cgroup.create("box", in: place, resources: swap, implicitSwap: true, on: host, tree: tree) }
            #expect(tree.file("/c/apus-1/box/memory.max") == "10")
        }
    }
}
