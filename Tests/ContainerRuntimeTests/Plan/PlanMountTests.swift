import LinuxSystem
import OCISpec
import Testing

@testable import ContainerRuntime

/// What mounts of the specification become as steps.
@Suite struct PlanMountTests {
    private func steps(_ mounts: [Mount], _ context: PlanContext = PlanContext(), change: (inout Spec) -> Void = { _ in }) throws -> (LaunchPlan, [String]) {
        var spec = sampleSpec()
        spec.mounts = mounts
        change(&spec)
        let plan = try PlanCompiler.start(spec, context)
        return (plan, plan.inner.filter { $0.field.hasPrefix("mounts[") }.map(\.action.sentence))
    }

    /// An attached mount that is attached again moves, so the same source needs two.
    @Test func oneSourceAtTwoPlaces() throws {
        let (plan, _) = try steps(["/a", "/b"].map { Mount(destination: $0, type: "bind", source: "/srv", options: ["bind"]) })
        #expect(plan.descriptors.filter { $0 == .bind(BindMount(source: "/srv")) }.count == 2)
    }

    @Test func hierarchiesOfSeveralControllersHaveLinks() throws {
        var context = PlanContext()
        context.cgroupMounts = [
            PlanContext.CgroupMount(type: "cgroup", options: "cpu,cpuacct", directory: "cpu,cpuacct"),
            PlanContext.CgroupMount(type: "cgroup", options: "memory", directory: "memory", source: "/sys/fs/cgroup/memory/box"),
        ]
        let (plan, sentences) = try steps([Mount(destination: "/c", type: "cgroup", source: "cgroup", options: ["ro", "rnosuid"])], context)
        let expected = [
            "mount tmpfs on /c (nosuid,mode=755,size=64k)", "mount cgroup on /c/cpu,cpuacct (ro,nosuid,cpu,cpuacct)", "link /c/cpu to cpu,cpuacct",
            "link /c/cpuacct to cpu,cpuacct", "attach a mount of the host at /c/memory", "make the mount at /c read-only",
        ]
        #expect(sentences == expected)
        var bind = BindMount(source: "/sys/fs/cgroup/memory/box")
        bind.set = [.readOnly, .noSUID]
        #expect(plan.descriptors.contains(.bind(bind)))
    }

    @Test func readOnlyIsTheFileSystemsToo() throws {
        let mounts = ["ext4", "tmpfs", "sysfs"].map { (type: String) in Mount(destination: "/\(type)", type: type, source: "/dev/vdb", options: ["ro"]) }
        #expect(try steps(mounts).1 == ["mount ext4 on /ext4 (ro,ro)", "mount tmpfs on /tmpfs (ro,ro)", "mount sysfs on /sysfs (ro)"])
    }

    @Test func propagationOfTheRootComesLastAndSparesMountsWithTheirOwn() throws {
        let mounts = [
            Mount(destination: "/a", type: "bind", source: "/srv", options: ["rbind", "slave", "shared"]), Mount(destination: "/b", type: "tmpfs"),
        ]
        let (plan, _) = try steps(mounts) { $0.linux?.rootfsPropagation = "rprivate" }
        let process = try #require(plan.inner.lastIndex { if case .mask = $0.action { true } else { false } })
        #expect(plan.inner[(process + 1)...].prefix(3).map(\.action.sentence) == ["make / rprivate", "make /a slave", "make /a shared"])
    }

    @Test func relativeSourcesStartAtTheBundle() throws {
        var context = PlanContext()
        context.bundle = "/bundle"
        let (plan, _) = try steps([Mount(destination: "data", source: "in/data", options: ["bind"])], context)
        #expect(plan.descriptors.contains(.bind(BindMount(source: "/bundle/in/data"))))
        #expect(plan.inner.contains { if case .attach(_, let target, _) = $0.action { target == "/data" } else { false } })
    }
}
