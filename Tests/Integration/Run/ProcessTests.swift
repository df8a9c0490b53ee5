import Testing

/// `apus run`: the program, its input and output, and how it ends.
@Suite struct ProcessTests {
    @Test func outputAndErrorsStayApart() throws {
        try Apus.with { apus in
            let outcome = try apus.run("run", "--rm", "busybox", "sh", "-c", "echo out; echo err >&2; exit 7")
            #expect(outcome == Outcome(output: "out\n", errorOutput: "err\n", code: 7))
        }
    }
}
