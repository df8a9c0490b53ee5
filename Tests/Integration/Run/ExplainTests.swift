import LinuxSystem
import Testing

/// `apus run --explain`.
@Suite struct ExplainTests {
    @Test func thePlanIsPrintedAndNothingIsMade() throws {
        try Apus.with { apus throws in
            let plan = try apus.output("run", "--explain", "--hostname", "box", "-m", "64m", "busybox", "echo", "a b")
            for line in [
                "set host name box", "mount proc on /proc", "mask /proc/kcore", "bound capabilities to", "program: echo a b", "# linux.maskedPaths[2]",
            ] {
                #expect(plan.contains(line), "\(line)")
            }
            #expect(try listDirectory("\(apus.root)/containers") == [])
        }
    }

    @Test func timingRunsItAndTellsWhatEachStepTook() throws {
        try Apus.with { apus throws in
            let outcome = try apus.run("run", "--rm", "--explain=timing", "busybox", "echo", "ran")
            #expect(outcome.output == "ran\n" && outcome.code == 0)
            #expect(outcome.errorOutput.contains(" us  mount proc on /proc") && outcome.errorOutput.contains("total of the timed steps: "), "\(outcome)")
        }
    }
}
