import Cgroups
import Engine
import Glibc
import LinuxSystem
import Testing

/// The cgroup that an instance's containers lie in: there while one of them is, gone with the last.
@Suite struct CgroupParentTests {
    @Test func itGoesWithTheLastContainer() throws {
        try Apus.with { apus in
            try apus.output("run", "-d", "--name", "one", "--pids-limit", "9", "busybox", "sleep", "1000")
            try apus.output("update", "--memory", "64m", "--memory-swap", "64m", "one")
            try apus.output("run", "--rm", "busybox", "true")
            #expect(!apus.cgroups().isEmpty)
            try apus.output("stop", "-t", "0", "one")
            #expect(apus.cgroups() == [])
            try apus.output("run", "--rm", "busybox", "true")
            #expect(apus.cgroups() == [])
            // A start that fails on the host's side leaves none either.
            #expect(try apus.run("run", "--rm", "--cpuset-cpus", "999", "busybox", "true").code == 125)
            #expect(apus.cgroups() == [])
        }
    }

    @Test func oneThatWasNamedStays() throws {
        try Apus.with { apus in
            let parent = "/apus-test-parent-\(apus.paths.cgroupName)"
            try apus.output("run", "--rm", "--cgroup-parent", parent, "busybox", "true")
            let host = try CgroupHost.detect()
            let made = (host.legacy + [host.unified].compactMap { $0 }).map { $0.mount + parent }.filter { fileExists($0) }
            #expect(!made.isEmpty)
            for path in made { _ = unsafe rmdir(path) }
        }
    }

    /// Each end may remove the parent at the moment when another start is about to use it.
    @Test func startsAndEndsAtOnce() throws {
        try Apus.with { apus in
            let script = """
                for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
                    "$0" run --rm --memory 64m --pids-limit 9 busybox true || { echo "failed: $?"; exit 1; }
                done
                """
            let variables = ["PATH": "/usr/bin:/bin", "APUS_ROOT": apus.paths.root]
            let loops = try (0..<8).map { _ in try Running(["sh", "-c", script, Apus.program], input: .empty, environment: variables) }
            for loop in loops {
                let outcome = try loop.wait(timeout: 300)
                #expect(outcome.code == 0 && outcome.errorOutput.isEmpty && outcome.output.isEmpty, "\(outcome)")
            }
            #expect(apus.cgroups() == [])
        }
    }
}
