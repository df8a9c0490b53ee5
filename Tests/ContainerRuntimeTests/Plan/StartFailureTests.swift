import ContainerRuntime
import LinuxSystem
import OCISpec
import Testing

/// Errnos of failed steps become sentences that name the step and the field.
@Suite struct StartFailureTests {
    private func failure(_ errno: Int32, _ arguments: [String] = ["app"], at matches: (PlanAction) -> Bool) throws -> ApusError {
        var spec = sampleSpec()
        spec.process?.args = arguments
        let plan = try PlanCompiler.start(spec, sampleContext())
        return plan.failure(step: try #require(plan.steps.firstIndex { matches($0.action) }), errno: errno)
    }

    @Test func program() throws {
        let missing = try failure(2) { $0 == .exec }
        #expect(missing.code == .commandNotFound)
        #expect(missing.description == "cannot run \"app\": executable file not found in $PATH")
        #expect(try failure(2, ["/app"]) { $0 == .exec }.description == "cannot run \"/app\": no such file or directory (ENOENT)")
        let denied = try failure(13) { $0 == .exec }
        #expect(denied.code == .cannotExecute)
        let format = try failure(8) { $0 == .exec }
        #expect(format.description == "cannot run \"app\": exec format error (ENOEXEC); is it a program for this machine, or a script without a #! line?")
    }

    @Test func mounts() throws {
        let denied = try failure(1) { if case .mount(let type, _, _, _, _, _, _, _) = $0 { type == "proc" } else { false } }
        #expect(denied.description == "cannot mount proc on /proc (nosuid,nodev,noexec) (mounts[0]): operation not permitted (EPERM)")
        let link = try failure(40) { if case .mount(let type, _, _, _, _, _, _, _) = $0 { type == "proc" } else { false } }
        #expect(
            link.description
                == "cannot mount proc on /proc (nosuid,nodev,noexec) (mounts[0]): /proc is a symbolic link in the image; proc must be mounted on ordinary directory"
        )
        let moved = try failure(18) { $0 == .mask("/proc/kcore") }
        #expect(
            moved.description
                == "cannot mask /proc/kcore (linux.maskedPaths[0]): /proc/kcore is not the kernel's own file; a mount or the image put something in its place")
    }

    @Test func theCloneItself() throws {
        let plan = try PlanCompiler.start(sampleSpec(), sampleContext())
        #expect(
            plan.failure(step: Int(UInt32.max), errno: 28).description
                == "cannot make the container process with namespaces pid, network, ipc, uts, mount: no space left on device (ENOSPC); a namespace limit below /proc/sys/user is reached"
        )
    }
}
