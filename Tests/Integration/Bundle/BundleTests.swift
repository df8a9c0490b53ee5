import ContainerRuntime
import Glibc
import LinuxSystem
import OCISpec
import Testing

/// A bundle runs: plan, monitor and kernel together.
@Suite struct BundleTests {
    @Test func outputAndExitCode() throws {
        let bundle = try Bundle()
        let outcome = try run(bundle.spec(["sh", "-c", "echo out; echo err >&2; exit 7"]))
        #expect(outcome == Outcome(output: "out\n", errorOutput: "err\n", code: 7))
    }

    @Test func stdinReachesTheProgram() throws {
        let bundle = try Bundle()
        let outcome = try run(bundle.spec(["cat"]), input: "hello\n")
        #expect(outcome == Outcome(output: "hello\n", code: 0))
    }

    @Test func killedBySignal() throws {
        let bundle = try Bundle()
        #expect(try run(bundle.spec(["sh", "-c", "cat /proc/self/stat > /dev/null; kill -9 $$"])).code == 0)  // process 1 is immune to itself
        var context = PlanContext()
        context.flags = .initProcess
        #expect(try run(bundle.spec(["sh", "-c", "kill -9 $$"]), context).code == 137)
    }

    @Test func worldInside() throws {
        let bundle = try Bundle()
        let script = "hostname; echo $$; ls /dev; ls -d /host* 2>/dev/null; stat -c %F /dev/null; ls /proc/self/fd; readlink /proc/self/cwd"
        let outcome = try run(bundle.spec(["sh", "-c", script]))
        let lines = outcome.output.split(separator: "\n").map(String.init)
        #expect(lines.first == "bundle")
        #expect(lines.dropFirst().first == "1")
        #expect(lines.contains("character special file"))
        #expect(lines.last == "/")
        #expect(outcome.errorOutput == "")
    }

    @Test func commandNotFound() throws {
        let bundle = try Bundle()
        let missing = #expect(throws: ApusError.self) { try run(bundle.spec(["nothere"])) }
        #expect(missing?.code == .commandNotFound)
        #expect(missing?.description == "cannot run \"nothere\": executable file not found in $PATH")
        let directory = #expect(throws: ApusError.self) { try run(bundle.spec(["/etc"])) }
        #expect(directory?.code == .cannotExecute)
        #expect(directory?.description == "cannot run \"/etc\": permission denied (EACCES)")
    }

    @Test func userNamespace() throws {
        let bundle = try Bundle()
        var spec = bundle.spec(["sh", "-c", "id -u; cat /proc/self/uid_map; touch /tmp/x && echo wrote; echo x > /dev/null && echo null"])
        spec.linux?.namespaces?.append(LinuxNamespace(type: "user"))
        spec.linux?.uidMappings = [LinuxIDMapping(containerID: 0, hostID: 0, size: 1000)]
        spec.linux?.gidMappings = [LinuxIDMapping(containerID: 0, hostID: 0, size: 1000)]
        let outcome = try run(spec)
        #expect(outcome.output.split(separator: "\n").map(String.init).contains("wrote"))
        #expect(outcome.output.hasSuffix("null\n"))
        #expect(outcome.code == 0)
    }

    /// While proc is mounted the host's tree lies over the root, and a link by "/.." must not lead there.
    @Test(arguments: [false, true]) func noLinkLeadsToTheHostWhileMountsAreMade(_ userNamespace: Bool) throws {
        let bundle = try Bundle()
        let victim = "\(bundle.directory)/victim"
        try makeDirectories(victim)
        _ = unsafe symlink("/../../../../../../../..\(victim)", "\(bundle.rootfs)/out")
        var spec = bundle.spec(["sh", "-c", "ls /out"])
        spec.mounts?.append(Mount(destination: "/out/directory", type: "tmpfs", source: "x"))
        spec.mounts?.append(Mount(destination: "/out/file", type: "bind", source: "/etc/passwd", options: ["bind"]))
        if userNamespace {
            spec.linux?.namespaces?.append(LinuxNamespace(type: "user"))
            spec.linux?.uidMappings = [LinuxIDMapping(containerID: 0, hostID: 0, size: 1000)]
            spec.linux?.gidMappings = [LinuxIDMapping(containerID: 0, hostID: 0, size: 1000)]
        }
        _ = try? run(spec)
        #expect(try listDirectory(victim) == [])
    }

    @Test func timeNamespace() throws {
        let bundle = try Bundle()
        var spec = bundle.spec(["cat", "/proc/uptime"])
        spec.linux?.namespaces?.append(LinuxNamespace(type: "time"))
        spec.linux?.timeOffsets = ["boottime": LinuxTimeOffset(secs: 10_000_000)]
        let outcome = try run(spec)
        #expect((outcome.output.split(separator: ".").first.flatMap { Int($0) } ?? 0) > 10_000_000)
    }
}
