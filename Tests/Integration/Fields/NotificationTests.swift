import ContainerRuntime
import Glibc
import LinuxSystem
import OCISpec
import Testing

/// SCMP_ACT_NOTIFY: the agent gets the listener before the program runs, and decides.
@Suite struct NotificationTests {
    private func profile(_ agent: TestAgent, _ calls: [String]) -> LinuxSeccomp {
        LinuxSeccomp(
            defaultAction: "SCMP_ACT_ALLOW", flags: ["SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"], listenerPath: agent.path,
            listenerMetadata: "from the test", syscalls: [LinuxSyscall(names: calls, action: "SCMP_ACT_NOTIFY")])
    }

    private func run(
        _ agent: TestAgent, _ calls: [String], _ script: String, noNewPrivileges: Bool, confirms: Bool = true
    ) throws -> Outcome {
        let bundle = try Bundle()
        var spec = bundle.spec(["sh", "-c", script])
        let profile = profile(agent, calls)
        spec.linux?.seccomp = profile
        spec.process?.noNewPrivileges = noNewPrivileges
        var context = PlanContext()
        context.seccomp = try SeccompProgram(building: profile)
        let plan = try PlanCompiler.start(spec, context)
        let root = try DetachedMount.copy(bundle.rootfs, isRecursive: false)
        var given = PlanDescriptors.Given()
        given.root = root.raw
        return try agent.run(plan, given, profile, confirms: confirms)
    }

    @Test(arguments: [false, true]) func theAgentDecides(_ noNewPrivileges: Bool) throws {
        let agent = try TestAgent()
        agent.answer = { _ in EDQUOT }
        let outcome = try run(agent, ["mkdir"], "busybox mkdir /tmp/x; ls /tmp", noNewPrivileges: noNewPrivileges)
        #expect(outcome.errorOutput == "mkdir: can't create directory '/tmp/x': Disk quota exceeded\n" && outcome.output == "")
        #expect(agent.calls == [83])
        #expect(agent.states.count == 1)
        #expect(agent.states.first?.contains(#""metadata":"from the test""#) == true && agent.states.first?.contains(#""id":"fields""#) == true)
    }

    /// All that the process itself calls on its way, but write.
    @Test(arguments: [false, true]) func noCallOfTheStartWaitsForEver(_ noNewPrivileges: Bool) throws {
        let agent = try TestAgent()
        let calls = [
            "sendmsg", "sendto", "recvfrom", "recvmsg", "read", "close", "setresuid", "setresgid", "setgroups", "capset", "prctl", "fchdir", "openat2",
            "getcwd", "execve",
        ]
        let outcome = try run(agent, calls, "echo fine", noNewPrivileges: noNewPrivileges)
        #expect(outcome == Outcome(output: "fine\n", code: 0))
        #expect(agent.calls.contains(59), "execve was asked about")
        if !noNewPrivileges { #expect(agent.calls.contains(117), "setresuid was asked about: the filter comes before the ids") }
    }

    @Test func withoutAnAgentNothingRuns() throws {
        let agent = try TestAgent()
        let error = #expect(throws: ApusError.self) { try run(agent, ["mkdir"], "echo ran", noNewPrivileges: false, confirms: false) }
        #expect(error?.description.hasSuffix("operation canceled (ECANCELED); nobody passed its listener on") == true)
    }

    @Test func anExecHasAListenerOfItsOwn() throws {
        let agent = try TestAgent()
        let bundle = try Bundle()
        let plan = try PlanCompiler.start(bundle.spec(["sleep", "100"]), PlanContext())
        let root = try DetachedMount.copy(bundle.rootfs, isRecursive: false)
        var given = PlanDescriptors.Given()
        given.root = root.raw
        let descriptors = try PlanDescriptors(for: plan, given: given)
        let connection = try Monitor(program: monitorPath).start(plan, descriptors: descriptors.numbers)
        guard case .started(let pid) = try connection.receive() else { throw ApusError(.system, "the container does not start") }
        let container = try ProcessHandle(pid: pid)
        defer { _ = try? container.send(SIGKILL) }
        var spec = bundle.spec(["sh", "-c", "busybox mkdir /tmp/y && echo made"])
        let profile = profile(agent, ["mkdir"])
        spec.linux?.seccomp = profile
        var context = PlanContext()
        context.seccomp = try SeccompProgram(building: profile)
        let exec = try PlanCompiler.exec(spec, joining: [.pid, .mount, .network, .ipc, .uts], context)
        var joined = PlanDescriptors.Given()
        joined.container = container.descriptor.raw
        #expect(try agent.run(exec, joined, profile) == Outcome(output: "made\n", code: 0))
        #expect(agent.calls == [83] && agent.states.count == 1)
    }
}
