import ContainerRuntime
import Glibc
import LinuxSystem
import OCISpec
import Testing

/// Identity, capabilities, limits and labels, as the kernel shows them from inside.
@Suite struct ProcessRightsTests {
    private func run(_ script: String, _ change: (inout Spec) -> Void) throws -> Outcome {
        let bundle = try Bundle()
        var spec = bundle.spec(["sh", "-c", script])
        change(&spec)
        return try Integration.run(spec)
    }

    private func addUserNamespace(_ spec: inout Spec) {
        spec.linux?.namespaces?.append(LinuxNamespace(type: "user"))
        spec.linux?.uidMappings = [LinuxIDMapping(containerID: 0, hostID: 0, size: 1000)]
        spec.linux?.gidMappings = [LinuxIDMapping(containerID: 0, hostID: 0, size: 1000)]
    }

    /// Whether the tests may do what CAP_SYS_RESOURCE allows; root of a build machine often may not.
    private func hasResourceRights() throws -> Bool { try CapabilitySet.own().contains(#require(Capability(ociName: "CAP_SYS_RESOURCE"))) }

    private let sets = "busybox grep ^Cap /proc/self/status"

    @Test func withoutCapabilitiesThereAreNone() throws {
        let none = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"].map { "\($0):\t0000000000000000\n" }.joined()
        #expect(try run(sets) { $0.process?.capabilities = nil } == Outcome(output: none, code: 0))
    }

    @Test func fiveSets() throws {
        let outcome = try run(sets) {
            $0.process?.user = User(uid: 7, gid: 8)
            $0.process?.capabilities = LinuxCapabilities(
                bounding: ["CAP_CHOWN", "CAP_KILL"], effective: ["CAP_KILL"], inheritable: ["CAP_KILL"], permitted: ["CAP_KILL"],
                ambient: ["CAP_KILL", "CAP_CHOWN"])
        }
        let kill = "0000000000000020"
        #expect(outcome.output == "CapInh:\t\(kill)\nCapPrm:\t\(kill)\nCapEff:\t\(kill)\nCapBnd:\t0000000000000021\nCapAmb:\t\(kill)\n")
    }

    @Test func umaskAndGroups() throws {
        let usual = try run("umask; id -G") { $0.process?.user = User(uid: 5, gid: 6, additionalGids: [10, 11]) }
        #expect(usual.output == "0022\n6 10 11\n")
        #expect(try run("umask") { $0.process?.user.umask = 0o27 }.output == "0027\n")
    }

    @Test func noNewPrivileges() throws {
        let script = "busybox grep NoNewPrivs /proc/self/status"
        #expect(try run(script) { $0.process?.noNewPrivileges = true }.output == "NoNewPrivs:\t1\n")
        #expect(try run(script) { _ in }.output == "NoNewPrivs:\t0\n")
    }

    @Test func oomScore() throws {
        let own = try readText("/proc/self/oom_score_adj")
        #expect(try run("cat /proc/self/oom_score_adj") { _ in }.output == own + "\n", "inherited when it is not given")
        #expect(try run("cat /proc/self/oom_score_adj") { $0.process?.oomScoreAdj = 500 }.output == "500\n")
        let outcome = try run("cat /proc/self/oom_score_adj") {
            $0.process?.oomScoreAdj = 700
            addUserNamespace(&$0)
        }
        #expect(outcome.output == "700\n")
    }

    @Test func aLowerOOMScoreNeedsTheRight() throws {
        let script = "cat /proc/self/oom_score_adj"
        if try hasResourceRights() {
            let outcome = try run(script) {
                $0.process?.oomScoreAdj = -500
                addUserNamespace(&$0)
            }
            #expect(outcome.output == "-500\n", "set before the user namespace, which has no right to it")
        } else {
            let error = #expect(throws: ApusError.self) { try run(script) { $0.process?.oomScoreAdj = -500 } }
            #expect(
                error?.description
                    == "cannot write -500 to /proc/self/oom_score_adj (process.oomScoreAdj): permission denied (EACCES); lowering it needs CAP_SYS_RESOURCE")
        }
    }

    @Test func aHigherHardLimitNeedsTheRight() throws {
        var present = rlimit()
        // One more than there is.
        unsafe getrlimit(__rlimit_resource_t(ResourceLimitKind.nofile.rawValue), &present)
        let hard = UInt64(present.rlim_max) + 1
        let limit = POSIXRlimit(type: "RLIMIT_NOFILE", hard: hard, soft: 64)
        if try hasResourceRights() {
            let outcome = try run("ulimit -Hn; ulimit -Sn") {
                $0.process?.rlimits = [limit]
                addUserNamespace(&$0)
            }
            #expect(outcome.output == "\(hard)\n64\n", "raised before the user namespace, which has no right to it")
        } else {
            let plain = #expect(throws: ApusError.self) { try run("true") { $0.process?.rlimits = [limit] } }
            #expect(
                plain?.description
                    == "cannot limit RLIMIT_NOFILE to 64:\(hard) (process.rlimits[0]): operation not permitted (EPERM); raising a hard limit needs CAP_SYS_RESOURCE"
            )
            let mapped = #expect(throws: ApusError.self) {
                try run("true") {
                    $0.process?.rlimits = [limit]
                    addUserNamespace(&$0)
                }
            }
            #expect(mapped?.description.hasPrefix("cannot raise the hard limit of RLIMIT_NOFILE to \(hard) (process.rlimits[0])") == true)
        }
    }

    @Test func limitsInAUserNamespace() throws {
        let outcome = try run("ulimit -Hn; ulimit -Sn") {
            $0.process?.rlimits = [POSIXRlimit(type: "RLIMIT_NOFILE", hard: 100, soft: 50)]
            addUserNamespace(&$0)
        }
        #expect(outcome.output == "100\n50\n")
    }

    @Test func securityModules() throws {
        let profile = #expect(throws: ApusError.self) { try run("true") { $0.process?.apparmorProfile = "apus-no-such-profile" } }
        let expected =
            SecurityModule.appArmor.isEnabled
            ? "cannot run the program under AppArmor label apus-no-such-profile (process.apparmorProfile): no such file or directory (ENOENT); no profile apus-no-such-profile is loaded"
            : "cannot set process.apparmorProfile: AppArmor is not enabled on this host"
        #expect(profile?.description == expected)
        if SecurityModule.appArmor.isEnabled {
            // The one profile that is always there.
            let outcome = try run("cat /proc/self/attr/apparmor/current") { $0.process?.apparmorProfile = "unconfined" }
            #expect(outcome == Outcome(output: "unconfined\n", code: 0))
        }
        if !SecurityModule.selinux.isEnabled {
            let label = #expect(throws: ApusError.self) { try run("true") { $0.process?.selinuxLabel = "system_u:system_r:container_t:s0" } }
            #expect(label?.description == "cannot set process.selinuxLabel: SELinux is not enabled on this host")
            let mounts = #expect(throws: ApusError.self) { try run("true") { $0.linux?.mountLabel = "system_u:object_r:container_file_t:s0" } }
            #expect(mounts?.description == "cannot set linux.mountLabel: SELinux is not enabled on this host")
        }
    }
}
