import Cgroups
import ContainerRuntime
import LinuxSystem
import OCISpec
import Testing

/// What a container sees below /sys/fs/cgroup.
@Suite struct CgroupMountTests {
    /// A context whose container has the cgroups that this process is in.
    private func context(_ host: CgroupHost, hasNamespace: Bool, user: Bool = false) -> PlanContext {
        var context = PlanContext()
        let directories = (host.legacy + [host.unified].compactMap { $0 }).map { $0.mount + $0.own }
        context.cgroupMounts = PlanContext.cgroupMounts(host: host, directories: directories, hasNamespace: hasNamespace, inUserNamespace: user)
        return context
    }

    private func mounts(_ options: [String] = ["nosuid", "noexec", "nodev", "relatime", "ro"]) -> [Mount] {
        [
            Mount(destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"]),
            Mount(destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: options),
        ]
    }

    private func add(_ spec: inout Spec, _ namespace: Bool) {
        if namespace { spec.linux?.namespaces?.append(LinuxNamespace(type: "cgroup")) }
    }

    @Test(.requires(.cgroup1), arguments: [true, false], [true, false]) func hierarchies(_ namespace: Bool, _ user: Bool) throws {
        let host = try CgroupHost.detect()
        let bundle = try Bundle()
        if user { try bundle.prepare("chown -R 100000:100000 rootfs") }
        let script = """
            cd /sys/fs/cgroup; ls; readlink cpu || true; test -e memory/memory.limit_in_bytes && echo limits; test -e memory/release_agent || echo own
            mkdir memory/x 2>/dev/null || echo read-only; touch x 2>/dev/null || echo read-only; (echo 1 >memory/notify_on_release) 2>/dev/null || echo read-only
            awk '$5 == "/sys/fs/cgroup/memory" { print $6, $(NF-2) }' /proc/self/mountinfo
            """
        let shown = try bundle.inside(script, mounts(), context: context(host, hasNamespace: namespace, user: user), userNamespace: user) {
            add(&$0, namespace)
        }
        let names = host.legacy.flatMap { $0.controllers.count > 1 ? $0.controllers + [$0.controllers.joined(separator: ",")] : $0.controllers }
        let shared = host.legacy.first { $0.controllers.contains("cpu") && $0.controllers.count > 1 }?.controllers.joined(separator: ",")
        // At the top of a hierarchy there is a release_agent to see, and nobody may write it.
        let own = host.legacyHierarchy(of: .memory)?.own == "" ? [] : ["own"]
        let expected =
            (names + (host.unified == nil ? [] : ["unified"])).sorted() + [shared].compactMap { $0 } + ["limits"] + own
            + Array(repeating: "read-only", count: 3)
            + ["ro,nosuid,nodev,noexec,relatime cgroup"]
        #expect(shown.split(separator: "\n").map(String.init) == expected)
    }

    @Test(.requires(.cgroup1)) func optionsOfV2OnV1() throws {
        let bundle = try Bundle()
        let refusal = bundle.refusal(mounts(["nsdelegate"]), context: context(try CgroupHost.detect(), hasNamespace: true)) { add(&$0, true) }
        #expect(refusal == "mounts[4].options: cgroup v1 has no option \"nsdelegate\"")
    }

    @Test(.requires(.cgroup2), arguments: [true, false], [true, false]) func unified(_ namespace: Bool, _ user: Bool) throws {
        let host = try CgroupHost.detect()
        let bundle = try Bundle()
        if user { try bundle.prepare("chown -R 100000:100000 rootfs") }
        let script = """
            cd /sys/fs/cgroup; test -e cgroup.controllers && echo v2; mkdir x 2>/dev/null || echo read-only
            awk '$5 == "/sys/fs/cgroup" { print $6, $(NF-2) }' /proc/self/mountinfo; test -e cgroup.events || echo top
            """
        let shown = try bundle.inside(script, mounts(), context: context(host, hasNamespace: namespace, user: user), userNamespace: user) {
            add(&$0, namespace)
        }
        let isTop = host.unified?.own == "" || (!namespace && !user)
        #expect(shown == "v2\nread-only\nro,nosuid,nodev,noexec,relatime cgroup2\n" + (isTop ? "top\n" : ""))
    }

    /// Where nothing else is said, the cgroup may be written: what `rw` means.
    @Test(.requires(.cgroup2)) func writable() throws {
        let host = try CgroupHost.detect()
        let bundle = try Bundle()
        let script = "awk '$5 == \"/sys/fs/cgroup\" { print $6 }' /proc/self/mountinfo"
        let shown = try bundle.inside(script, mounts(["rw", "nosuid", "nsdelegate"]), context: context(host, hasNamespace: true)) { add(&$0, true) }
        #expect(shown == "rw,nosuid,relatime\n")
    }
}
