import LinuxSystem
import Testing

/// A limit that the host cannot enforce fails the start and names file and controller.
@Suite struct RefusedLimitTests {
    /// A v2 tree without these controllers, shown to one command in place of this host's.
    @Test(
        .requires(.cgroup1),
        arguments: [
            (["-m", "64m"], "memory"), (["--cpus", "1"], "cpu"), (["--cpu-shares", "5"], "cpu"), (["--pids-limit", "5"], "pids"),
            (["--cpuset-cpus", "0"], "cpuset"),
            (["--blkio-weight", "50"], "io"),
        ]) func withoutTheController(_ flags: [String], controller: String) throws
    {
        try Apus.with { apus throws in
            let view = "umount -R /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup; export APUS_ROOT=\(apus.root); exec \"$@\""
            let command = ["unshare", "-m", "--propagation", "private", "/bin/sh", "-c", view, "sh", Apus.program]
            let running = try Running(command + ["run", "--rm"] + flags + ["busybox", "true"], input: .empty, environment: ["PATH": "/usr/bin:/bin"])
            let line =
                "cannot limit \(controller): controller \"\(controller)\" is not available in cgroup v2 tree /sys/fs/cgroup (cgroup.controllers: hugetlb)"
            #expect(try running.wait() == Outcome(errorOutput: "apus: \(line)\n", code: 125))
        }
    }

    @Test(.requires(.cgroup2)) func whatV2DoesNotHave() throws {
        try Apus.with { apus throws in
            try apus.refuses("cannot set memory.disableOOMKiller: cgroup v2 has no such limit", "run", "--rm", "--oom-kill-disable", "busybox", "true")
            try apus.refuses("cannot set memory.swappiness: cgroup v2 has no such limit", "run", "--rm", "--memory-swappiness", "9", "busybox", "true")
        }
    }

    @Test(arguments: [
        (["--cpuset-cpus", "99"], "cpuset.cpus (controller cpuset,"), (["--cpuset-mems", "77"], "cpuset.mems (controller cpuset,"),
        (["--cpu-quota", "1"], Requirement.cgroup2.holds ? "cpu.max (controller cpu," : "cpu.cfs_quota_us (controller cpu,"),
    ]) func whatTheKernelRefuses(_ flags: [String], file: String) throws {
        try Apus.with { apus throws in
            let outcome = try apus.run(["run", "--rm"] + flags + ["busybox", "true"])
            #expect(outcome.code == 125 && outcome.output.isEmpty)
            #expect(outcome.errorOutput.hasPrefix("apus: cannot set cpu.") && outcome.errorOutput.contains("/\(file)"), "\(outcome)")
            #expect(outcome.errorOutput.split(separator: "\n").count == 1)
        }
    }
}
