import OCISpec
import Testing

@testable import ContainerRuntime

/// What the process of an exec has from the container.
@Suite struct ProcessExecTests {
    private let first: Process = {
        var process = Process(user: User(umask: 0o77), args: ["a"], cwd: "/")
        process.capabilities = LinuxCapabilities(bounding: ["CAP_KILL"])
        process.oomScoreAdj = 250
        process.apparmorProfile = "profile"
        process.selinuxLabel = "label"
        process.rlimits = [POSIXRlimit(type: "RLIMIT_NOFILE", hard: 2, soft: 1)]
        process.noNewPrivileges = true
        return process
    }()

    @Test func whatItLeavesOut() {
        var process = Process(user: User(), args: ["b"], cwd: "/")
        process.apparmorProfile = ""
        let completed = process.completed(from: first)
        #expect(completed.capabilities == first.capabilities && completed.oomScoreAdj == 250)
        #expect(completed.apparmorProfile == "profile" && completed.selinuxLabel == "label")
        #expect(completed.rlimits == nil && completed.noNewPrivileges == nil && completed.user.umask == nil && completed.args == ["b"])
        #expect(process.completed(from: nil) == process)
    }

    @Test func whatItSays() {
        var process = Process(user: User(), args: ["b"], cwd: "/")
        process.capabilities = LinuxCapabilities()
        process.oomScoreAdj = 0
        process.apparmorProfile = "own"
        process.selinuxLabel = "mine"
        #expect(process.completed(from: first) == process)
    }
}
