import ContainerRuntime
import Glibc
import LinuxSystem
import OCISpec
import Testing

/// Where an exec runs.
@Suite struct AffinityTests {
    /// The processors that this test may use.
    private func allowed() throws -> String {
        let line = try readText("/proc/self/status").split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:\t") }
        return String(try #require(line).dropFirst(19))
    }

    @Test func execsAreBound() throws {
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
        func exec(_ affinity: CPUAffinity?) throws -> String {
            var spec = bundle.spec(["busybox", "grep", "Cpus_allowed_list", "/proc/self/status"])
            spec.process?.execCPUAffinity = affinity
            let plan = try PlanCompiler.exec(spec, joining: [.pid, .mount], PlanContext())
            var given = PlanDescriptors.Given()
            given.container = container.descriptor.raw
            let descriptors = try PlanDescriptors(for: plan, given: given)
            let connection = try Monitor(program: monitorPath).start(plan, descriptors: descriptors.numbers)
            var output = ""
            while true {
                switch try connection.receive() {
                case .failed(let step, let number): throw plan.failure(step: step, errno: number)
                case .output(let bytes): output += String(decoding: bytes, as: UTF8.self)
                case .ended, .closed: return String(output.dropFirst(19).prefix { $0 != "\n" })
                default: break
                }
            }
        }
        let all = try allowed()
        let first = String(all.prefix { $0.isNumber })
        #expect(try exec(CPUAffinity(initial: all, final: first)) == first)
        #expect(try exec(CPUAffinity(initial: first)) == all, "without `final` it is the container's")
        #expect(try exec(nil) == all)
        let error = #expect(throws: ApusError.self) { try exec(CPUAffinity(final: "8191")) }
        #expect(
            error?.description
                == "cannot bind to processors 8191 (process.execCPUAffinity.final): invalid argument (EINVAL); the cpuset has none of these processors")
    }
}
