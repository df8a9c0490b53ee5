import ContainerRuntime
import LinuxSystem
import OCISpec
import Testing

/// The order of the steps is the security model: what must come before what, and why.
@Suite struct PlanOrderTests {
    private func order(_ plan: LaunchPlan, _ matchers: [(PlanAction) -> Bool]) -> [Int?] { matchers.map { plan.position($0) } }

    private func expectAscending(_ positions: [Int?], _ comment: Comment, sourceLocation: SourceLocation = #_sourceLocation) {
        let found = positions.compactMap { $0 }
        #expect(found.count == positions.count && found == found.sorted(), comment, sourceLocation: sourceLocation)
    }

    @Test func hostIsLeftBeforeTheProgram() throws {
        let plan = try PlanCompiler.start(sampleSpec(), sampleContext())
        expectAscending(
            order(
                plan,
                [
                    { if case .enterCgroup = $0 { true } else { false } },
                    { $0 == .unshare(.cgroup) },
                    { if case .write(let path, _) = $0 { path == "/proc/sys/net/ipv4/ip_forward" } else { false } },
                    { if case .enterRoot = $0 { true } else { false } },
                    { $0 == .leaveHost },
                    { if case .mount = $0 { true } else { false } },
                    { if case .attach = $0 { true } else { false } },
                    { if case .node = $0 { true } else { false } },
                    { $0 == .setReadOnly("/") },
                    { $0 == .readOnly("/proc/sys") },
                    { $0 == .mask("/proc/kcore") },
                    { if case .stdio = $0 { true } else { false } },
                    { $0 == .exec },
                ]), "cgroup namespace after the cgroups; sysctls through the host's /proc; no mount while \"/..\" leads to the host; masks after the mounts")
    }

    @Test func userNamespaceKeepsTheHostCoveredForProc() throws {
        var spec = sampleSpec()
        spec.linux?.namespaces?.append(LinuxNamespace(type: "user"))
        spec.linux?.uidMappings = [LinuxIDMapping(containerID: 0, hostID: 0, size: 1)]
        spec.linux?.gidMappings = [LinuxIDMapping(containerID: 0, hostID: 0, size: 1)]
        let plan = try PlanCompiler.start(spec, sampleContext())
        expectAscending(
            order(
                plan,
                [
                    { if case .enterRoot = $0 { true } else { false } },
                    { if case .coverHost = $0 { true } else { false } },
                    { if case .mount = $0 { true } else { false } },
                    { $0 == .leaveHost },
                    { $0 == .exec },
                ]), "proc needs the host's, which nothing may reach")
    }

    @Test func privilegesGoInOrder() throws {
        let plan = try PlanCompiler.start(sampleSpec(), sampleContext())
        expectAscending(
            order(
                plan,
                [
                    { if case .resourceLimit = $0 { true } else { false } },
                    { if case .seccomp = $0 { true } else { false } },
                    { if case .bounding = $0 { true } else { false } },
                    { if case .groups = $0 { true } else { false } },
                    { if case .ids = $0 { true } else { false } },
                    { if case .capabilities = $0 { true } else { false } },
                    { if case .workingDirectory(_, isFirstTry: false) = $0 { true } else { false } },
                    { if case .deathSignal = $0 { true } else { false } },
                    { $0 == .exec },
                ]), "the death signal is lost by a change of ids, so it comes after")
    }

    @Test func filterComesLastWithNoNewPrivileges() throws {
        var spec = sampleSpec()
        spec.process?.noNewPrivileges = true
        let plan = try PlanCompiler.start(spec, sampleContext())
        expectAscending(
            order(
                plan,
                [
                    { $0 == .noNewPrivileges },
                    { if case .capabilities = $0 { true } else { false } },
                    { if case .seccomp = $0 { true } else { false } },
                    { $0 == .exec },
                ]), "without CAP_SYS_ADMIN a filter needs no_new_privs first")
    }

    @Test func idsAreMappedFirst() throws {
        var spec = sampleSpec()
        spec.linux?.namespaces?.append(LinuxNamespace(type: "user"))
        spec.linux?.uidMappings = [LinuxIDMapping(containerID: 0, hostID: 100_000, size: 65536)]
        spec.linux?.gidMappings = [LinuxIDMapping(containerID: 0, hostID: 100_000, size: 65536)]
        let plan = try PlanCompiler.start(spec, sampleContext())
        #expect(plan.inner.first?.action == .mapIDs)
        #expect(plan.uidMap == "0 100000 65536\n")
        #expect(plan.position { if case .node = $0 { true } else { false } } == nil, "no mknod inside a user namespace: the host's nodes are attached")
    }

    @Test func namespacesByPath() throws {
        var spec = sampleSpec()
        spec.linux?.namespaces = [
            LinuxNamespace(type: "mount"), LinuxNamespace(type: "pid", path: "/proc/1/ns/pid"), LinuxNamespace(type: "network", path: "/run/netns/a"),
        ]
        spec.linux?.sysctl = nil
        spec.hostname = nil
        let plan = try PlanCompiler.start(spec, sampleContext())
        #expect(plan.outer.map(\.action.sentence) == ["join namespace pid"])
        #expect(plan.inner.contains { $0.action.sentence == "join namespace network" })
        #expect(plan.namespaces == .mount)
        #expect(!plan.flags.contains(.intermediate))
    }

    @Test func joinedUserNamespaceNeedsAProcessBetween() throws {
        var spec = sampleSpec()
        spec.linux?.namespaces = [
            LinuxNamespace(type: "user", path: "/proc/9/ns/user"), LinuxNamespace(type: "mount"), LinuxNamespace(type: "network", path: "/run/netns/a"),
        ]
        spec.linux?.sysctl = nil
        spec.hostname = nil
        let plan = try PlanCompiler.start(spec, sampleContext())
        #expect(plan.flags.contains(.intermediate))
        #expect(
            plan.outer.map(\.action.sentence).suffix(2) == ["join namespace network", "join namespace user"],
            "user last, or the others could not be joined")
    }
}
