import Testing

/// The scripts of `examples/` do what their README says.
@Suite struct ExamplesTests {
    private func example(_ apus: Apus, _ name: String, _ arguments: [String] = [], input: String? = nil) throws -> Outcome {
        let environment = ["PATH": "\(Apus.programs):/usr/sbin:/usr/bin:/sbin:/bin", "APUS_ROOT": apus.root]
        let script = "\(Apus.programs)/../examples/\(name)"
        return try Running(["/bin/sh", script] + arguments, input: input.map(Running.Input.text) ?? .empty, environment: environment, directory: nil).wait(
            timeout: 60)
    }

    @Test func sandbox() throws {
        try Apus.with { apus in
            let outcome = try example(
                apus, "sandbox", ["sh", "-c", "id -u; touch /x 2>/dev/null || echo read-only; grep CapEff /proc/self/status; cat"], input: "in\n")
            #expect(outcome == Outcome(output: "65534\nread-only\nCapEff:\t0000000000000000\nin\n", code: 0))
        }
    }

    @Test func batch() throws {
        try Apus.with { apus in
            #expect(try example(apus, "batch", ["job", "sh", "-c", "echo done; exit 4"]) == Outcome(output: "done\njob ended with exit code 4\n", code: 4))
            let greedy = try example(apus, "batch", ["greedy", "tail", "/dev/zero"])
            #expect(greedy == Outcome(output: "greedy wanted more than 128 MB and was killed\n", code: 137))
        }
    }

    @Test func throttle() throws {
        try Apus.with { apus in
            let outcome = try example(apus, "throttle")
            #expect(outcome.code == 0, "\(outcome)")
            let shares = outcome.output.split(separator: "\n").compactMap { line in
                line.split(separator: " ").compactMap { Double($0.split(separator: "%")[0]) }.first
            }
            #expect(shares.count == 3 && shares[1] < 25 && shares[1] * 2 < shares[0], "\(outcome.output)")
        }
    }
}
