import ContainerRuntime
import LinuxSystem
import OCISpec
import Testing

/// The fields of `process` and `linux` that become steps, and where these stand.
@Suite struct ProcessFieldTests {
    private func plan(_ change: (inout Spec) -> Void, modules: Set<SecurityModule> = []) throws -> LaunchPlan {
        var spec = sampleSpec()
        change(&spec)
        var context = sampleContext()
        context.isEnabled = { modules.contains($0) }
        return try PlanCompiler.start(spec, context)
    }

    private func exec(_ change: (inout Spec) -> Void, joining kinds: NamespaceKinds = [.pid, .mount]) throws -> LaunchPlan {
        var spec = sampleSpec()
        change(&spec)
        return try PlanCompiler.exec(spec, joining: kinds, sampleContext())
    }

    private func sentences(_ steps: [PlanStep]) -> [String] { steps.map(\.action.sentence) }

    private func position(_ plan: LaunchPlan, _ sentence: String) throws -> Int {
        try #require(sentences(plan.inner + plan.final).firstIndex(of: sentence), "no step says: \(sentence)")
    }

    @Test func schedulingComesBeforeTheRightsGo() throws {
        let plan = try plan {
            $0.process?.scheduler = Scheduler(policy: "SCHED_FIFO", priority: 3)
            $0.process?.ioPriority = LinuxIOPriority(class: "IOPRIO_CLASS_RT", priority: 1)
            $0.linux?.memoryPolicy = LinuxMemoryPolicy(mode: "MPOL_BIND", nodes: "0")
            $0.linux?.personality = LinuxPersonality(domain: "LINUX32")
        }
        let filter = try position(plan, "load a seccomp filter of 1 instructions")
        let expected = [
            "schedule as SCHED_FIFO, priority 3", "set I/O priority IOPRIO_CLASS_RT 1", "set memory policy MPOL_BIND with nodes 0", "set personality LINUX32",
        ]
        for sentence in expected { #expect(try position(plan, sentence) < filter, "a filter may forbid the call, and the capabilities go after it") }
        let text = plan.text()
        for sentence in expected { #expect(text.contains(sentence)) }
    }

    @Test func labelsAreWrittenThroughTheHostsProc() throws {
        let plan = try plan(
            {
                $0.process?.apparmorProfile = "docker-default"
                $0.process?.selinuxLabel = "system_u:system_r:container_t:s0:c1,c2"
                $0.linux?.mountLabel = "system_u:object_r:container_file_t:s0:c1,c2"
                $0.process?.noNewPrivileges = true
            }, modules: [.appArmor, .selinux])
        let root = try position(plan, "enter the root filesystem")
        #expect(try position(plan, "run the program under AppArmor label docker-default") < root, "CVE-2019-16884: no procfs of the image")
        #expect(try position(plan, "run the program under SELinux label system_u:system_r:container_t:s0:c1,c2") < root)
        var options: [String: String] = [:]
        for step in plan.inner { if case .mount(let type, _, _, let text, _, _, _, _) = step.action { options[type] = text } }
        #expect(options["tmpfs"]?.hasSuffix("context=system_u:object_r:container_file_t:s0:c1\\,c2") == true || options["tmpfs"] == "mode=755,size=64k")
        #expect(options["proc"] == "")
    }

    @Test func labelsWithoutTheModuleAreRefused() {
        func sentence(_ change: (inout Spec) -> Void) -> String? {
            do { _ = try plan(change) } catch { return "\(error)" }
            return nil
        }
        #expect(sentence { $0.process?.apparmorProfile = "x" } == "cannot set process.apparmorProfile: AppArmor is not enabled on this host")
        #expect(sentence { $0.process?.selinuxLabel = "x" } == "cannot set process.selinuxLabel: SELinux is not enabled on this host")
        #expect(sentence { $0.linux?.mountLabel = "x" } == "cannot set linux.mountLabel: SELinux is not enabled on this host")
        func withoutMounts(_ spec: inout Spec) {
            spec.linux?.mountLabel = "x"
            spec.mounts = []
        }
        #expect(sentence(withoutMounts) == "cannot set linux.mountLabel: SELinux is not enabled on this host", "also where nothing would take it")
        #expect(sentence { $0.process?.apparmorProfile = "" } == nil)
    }

    @Test func affinityIsOfTheCgroupUnlessAnExecSaysOtherwise() throws {
        let start = try plan { $0.process?.execCPUAffinity = CPUAffinity(initial: "0", final: "1") }
        #expect(sentences(start.inner).contains("allow every processor of the cgroup"))
        #expect(!(sentences(start.outer) + sentences(start.inner)).contains { $0.hasPrefix("bind to") }, "only for exec")
        let exec = try exec { $0.process?.execCPUAffinity = CPUAffinity(initial: "0", final: "1") }
        #expect(sentences(exec.outer).first == "bind to processors 0", "before the clone, which enters the cgroup")
        let enter = try position(exec, "enter cgroup v1 devices")
        #expect(try position(exec, "bind to processors 1") > enter)
        #expect(try sentences(self.exec { _ in }.inner).contains("allow every processor of the cgroup"))
    }

    @Test func aUserNamespaceIsEnteredWithScoreAndLimitsSet() throws {
        func addUser(_ spec: inout Spec) {
            spec.linux?.namespaces?.append(LinuxNamespace(type: "user"))
            spec.linux?.uidMappings = [LinuxIDMapping(containerID: 0, hostID: 0, size: 1)]
            spec.linux?.gidMappings = [LinuxIDMapping(containerID: 0, hostID: 0, size: 1)]
        }
        let early = ["write 100 to /proc/self/oom_score_adj", "raise the hard limit of RLIMIT_NOFILE to 2048"]
        #expect(try Array(sentences(plan(addUser).outer).prefix(2)) == early, "rights of the host are lost by the clone")
        #expect(try sentences(plan { _ in }.outer).isEmpty)
        let exec = try sentences(exec({ _ in }, joining: [.user, .pid, .mount]).inner)
        let join = try #require(exec.firstIndex { $0.hasPrefix("join namespace") })
        for sentence in early { #expect(try #require(exec.firstIndex(of: sentence)) < join) }
    }

    @Test func withoutCapabilitiesThereAreNone() throws {
        let plan = try plan { $0.process?.capabilities = nil }
        #expect(sentences(plan.final).contains("bound capabilities to none") && sentences(plan.final).contains("set capabilities none"))
    }

    @Test func capabilitiesThatMeanNothingAreToldAndLeftOut() throws {
        let plan = try plan {
            $0.process?.capabilities = LinuxCapabilities(
                bounding: ["CAP_KILL", "CAP_FOO"], effective: ["CAP_KILL"], inheritable: ["CAP_KILL"], permitted: ["CAP_KILL", "CAP_CHOWN"],
                ambient: ["CAP_KILL", "CAP_CHOWN"])
        }
        #expect(
            plan.warnings == [
                "ignoring unknown or unavailable capabilities: [CAP_FOO]",
                "can't raise ambient capability CAP_CHOWN: it is not both permitted and inheritable",
            ])
        #expect(sentences(plan.final).contains("set capabilities kill, ambient kill"))
    }

    @Test func notificationNeedsAListener() throws {
        var context = sampleContext()
        context.seccomp?.needsListener = true
        context.seccomp?.flags = 8
        var spec = sampleSpec()
        #expect(throws: ApusError(.invalidArgument, "linux.seccomp.listenerPath is missing, and SCMP_ACT_NOTIFY needs it")) {
            try PlanCompiler.start(spec, context)
        }
        spec.linux?.seccomp = LinuxSeccomp(defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/run/agent.sock")
        _ = try PlanCompiler.start(spec, context)
        // Nobody is told where nothing is asked.
        _ = try PlanCompiler.start(spec, sampleContext())
        spec.linux?.seccomp = LinuxSeccomp(defaultAction: "SCMP_ACT_ALLOW", listenerMetadata: "x")
        #expect(throws: ApusError(.invalidArgument, "linux.seccomp.listenerMetadata must come with linux.seccomp.listenerPath")) {
            try PlanCompiler.start(spec, sampleContext())
        }
    }

    @Test func hintsSayWhatIsMissing() throws {
        let plan = try plan { $0.process?.scheduler = Scheduler(policy: "SCHED_FIFO", priority: 3) }
        func failure(_ errno: Int32, _ matches: (PlanAction) -> Bool) throws -> String {
            plan.failure(step: try #require(plan.steps.firstIndex { matches($0.action) }), errno: errno).description
        }
        #expect(
            try failure(1) { if case .resourceLimit = $0 { true } else { false } }
                == "cannot limit RLIMIT_NOFILE to 1024:2048 (process.rlimits[0]): operation not permitted (EPERM); raising a hard limit needs CAP_SYS_RESOURCE")
        #expect(
            try failure(1) { if case .scheduler = $0 { true } else { false } }
                == "cannot schedule as SCHED_FIFO, priority 3 (process.scheduler): operation not permitted (EPERM); it needs CAP_SYS_NICE in the host's user namespace"
        )
        #expect(try failure(13) { if case .write("/proc/self/oom_score_adj", _) = $0 { true } else { false } }.hasSuffix("lowering it needs CAP_SYS_RESOURCE"))
    }

    @Test func anExecWaitsWhereItMustBePutIntoAGroup() throws {
        var context = sampleContext()
        var runtime = PlanContext.Runtime()
        runtime.syncsNamespaces = true
        context.runtime = runtime
        let exec = try PlanCompiler.exec(sampleSpec(), joining: [.pid, .mount], context)
        let join = try #require(sentences(exec.inner).firstIndex { $0.hasPrefix("join namespace") })
        #expect(try #require(exec.inner.firstIndex { $0.action == .sync(.namespaces) }) < join)
    }

    @Test func networkDevicesNeedTheirNamespace() {
        #expect(throws: ApusError(.invalidArgument, "linux.netDevices must come with a network namespace in linux.namespaces")) {
            try plan {
                $0.linux?.netDevices = ["eth1": LinuxNetDevice()]
                $0.linux?.namespaces?.removeAll { $0.type == "network" }
                $0.linux?.sysctl = nil
            }
        }
    }
}
