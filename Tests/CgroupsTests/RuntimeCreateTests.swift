import Glibc
import LinuxSystem
import OCISpec
import Testing

@testable import Cgroups

/// A cgroup as an OCI runtime makes it.
@Suite struct RuntimeCreateTests {
    private let place = CgroupsPathTests.path("/kubepods/box")

    @Test func everyHierarchyHasIt() throws {
        let (host, tree) = Fake.hybrid(named: true)
        let cgroup = try Cgroup.create(place, resources: nil, on: host, tree: tree)
        let controllers = ["cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "hugetlb", "debug", "name=systemd", ""]
        #expect(Set(cgroup.record.paths.keys) == Set(controllers))
        #expect(cgroup.record.paths["name=systemd"] == "/c/systemd/kubepods/box")
        #expect(cgroup.record.paths["debug"] == "/c/debug/kubepods/box")
        #expect(cgroup.record.paths["memory"] == "/c/memory/kubepods/box")
        #expect(cgroup.record.paths[""] == "/c/unified/kubepods/box")
        #expect(Set(cgroup.record.directories) == Set(cgroup.record.paths.values))
        let files = tree.log.filter { $0.contains(" = ") }
        #expect(files.allSatisfy { $0.hasPrefix("/c/cpuset/") || $0.hasPrefix("/c/unified/") && $0.contains("cgroup.subtree_control") }, "\(files)")
        try cgroup.remove()
        // What others may use stays.
        #expect(tree.directories.filter { $0.hasSuffix("/box") } == [])
        #expect(tree.directories.contains("/c/systemd/kubepods"))
    }

    @Test func relativePathsLieBelowTheCallersOwnOrBesideIt() throws {
        let (host, tree) = Fake.hybrid(named: true)
        let cgroup = try Cgroup.create(CgroupsPathTests.path(nil), resources: nil, on: host, tree: tree)
        #expect(cgroup.record.paths["memory"] == "/c/memory/deep/id")
        let (v2, v2Tree) = Fake.unified(own: "/user.slice/a.scope")
        v2Tree.set("/c/user.slice/cgroup.subtree_control", "")
        #expect(try Cgroup.create(CgroupsPathTests.path("x/y"), resources: nil, on: v2, tree: v2Tree).record.unified == "/c/user.slice/x/y")
    }

    @Test func everyControllerOfV2IsEnabled() throws {
        let (host, tree) = Fake.unified()
        _ = try Cgroup.create(place, resources: nil, on: host, tree: tree)
        #expect(tree.file("/c/kubepods/cgroup.subtree_control") == "cpu cpuset hugetlb io memory pids rdma")
        tree.clearLog()
        // Those the host lacks are not asked for again at each start.
        _ = try Cgroup.create(CgroupsPathTests.path("/kubepods/second"), resources: nil, on: host, tree: tree)
        #expect(tree.log == ["mkdir /c/kubepods/second"])
    }

    @Test func anEmptyCgroupIsEnteredAndKeptWhenTheStartFails() throws {
        for (host, tree) in [Fake.unified(), Fake.hybrid(named: true)] {
            let path = host.layout == .unified ? "/c/kubepods/box" : "/c/cpu/kubepods/box"
            tree.set("\(path.dropLast(4))/cgroup.procs", "")
            tree.set("\(path)/cgroup.procs", "")
            tree.set("\(path)/cpu.weight", "7")
            tree.clearLog()
            _ = try Cgroup.create(place, resources: nil, on: host, tree: tree)
            #expect(!tree.log.contains("mkdir \(path)") && tree.file("\(path)/cpu.weight") == "7")
            let bad = LinuxResources(unified: ["cgroup.nothing": "1"])
            let (host, tree) = host.layout == .unified ? Fake.unified() : Fake.hybrid(named: true)
            tree.set("\(path.dropLast(4))/cgroup.procs", "")
            tree.set("\(path)/cgroup.procs", "")
            let before = tree.directories
            #expect(throws: ApusError.self) { try Cgroup.create(place, resources: bad, on: host, tree: tree) }
            #expect(tree.directories == before)
        }
    }

    @Test func anUsedOrFrozenCgroupIsRefused() throws {
        for (path, file, value, sentence) in [
            ("/c/unified", "cgroup.procs", "4\n5", "container's cgroup is not empty: 2 process(es) found in /c/unified/kubepods/box"),
            ("/c/pids", "x/cgroup.procs", "4", "container's cgroup is not empty: 1 process(es) found in /c/pids/kubepods/box"),
            ("/c/freezer", "freezer.state", "FREEZING", "container's cgroup unexpectedly frozen: /c/freezer/kubepods/box"),
            ("/c/unified", "cgroup.freeze", "1", "container's cgroup unexpectedly frozen: /c/unified/kubepods/box"),
        ] {
            let (host, tree) = Fake.hybrid(named: true)
            tree.set("\(path)/kubepods/cgroup.procs", "")
            tree.set("\(path)/kubepods/box/cgroup.procs", "")
            tree.set("\(path)/kubepods/box/\(file)", value)
            let before = tree.directories
            #expect(throws: ApusError(.conflict, sentence)) { try Cgroup.create(place, resources: nil, on: host, tree: tree) }
            #expect(tree.directories == before)
        }
    }

    @Test func withoutPermission() throws {
        let needs = "unable to apply cgroup configuration: rootless needs no limits + no cgrouppath when no permission is granted for cgroups: "
        for (host, tree) in [Fake.unified(own: ""), Fake.hybrid(), Fake.legacy()] {
            tree.forbid(with: EACCES)
            let without = CgroupsPathTests.path(nil)
            let limits = LinuxResources(pids: LinuxPids(limit: 5))
            let devices = LinuxResources(devices: [LinuxDeviceCgroup(allow: false), LinuxDeviceCgroup(allow: true, type: "c", major: 1, minor: 3)])
            let cgroup = try Cgroup.create(without, resources: devices, isRootless: true, on: host, tree: tree)
            #expect(cgroup.isEmpty && cgroup.record.paths == [:] && tree.log == [])
            // Nothing that is done to it later reaches the caller's cgroups.
            try cgroup.kill()
            try cgroup.remove()
            #expect(try cgroup.processes() == [] && cgroup.signal(SIGTERM) == 0 && tree.log == [])
            #expect(throws: ApusError.self) { try cgroup.freeze() }
            let refused = #expect(throws: ApusError.self) { try Cgroup.create(without, resources: limits, isRootless: true, on: host, tree: tree) }
            #expect(refused?.message.hasPrefix(needs) == true && refused?.errno == EACCES, "\(String(describing: refused))")
            for isRootless in [true, false] {
                let path = isRootless ? place : without
                let refused = #expect(throws: ApusError.self) {
                    try Cgroup.create(path, resources: nil, isRootless: isRootless, on: host, tree: tree)
                }
                #expect(refused?.description.hasPrefix("unable to apply cgroup configuration: cannot make cgroup /c/") == true)
                #expect(refused?.description.hasSuffix("permission denied (EACCES)") == true)
            }
        }
    }

    @Test func aRecordRoundTripsWithNamedHierarchies() throws {
        let (host, tree) = Fake.hybrid(named: true)
        let cgroup = try Cgroup.create(CgroupsPathTests.path("/box"), resources: nil, on: host, tree: tree)
        #expect(cgroup.record.unified == "/c/unified/box" && cgroup.record.legacy[.pids] == "/c/pids/box")
        #expect(try roundTrip(cgroup.record) == cgroup.record)
    }

    @Test func updateKnowsThePlaceFromTheRecord() throws {
        let (host, tree) = Fake.unified(own: "/a/b")
        tree.set("/c/a/cgroup.subtree_control", "")
        var cgroup = try Cgroup.create("box", in: .own("x"), resources: nil, accounting: [], on: host, tree: tree)
        tree.clearLog()
        // The caller of update is somewhere else.
        let other = CgroupHost(unified: .init(controllers: [], mount: "/c", own: "/elsewhere/z"), legacy: [])
        try cgroup.update(LinuxResources(pids: LinuxPids(limit: 5)), on: other)
        #expect(
            tree.log == [
                "/c/cgroup.subtree_control = +pids", "/c/a/cgroup.subtree_control = +pids", "/c/a/x/cgroup.subtree_control = +pids", "/c/a/x/box/pids.max = 5",
            ])
    }
}
