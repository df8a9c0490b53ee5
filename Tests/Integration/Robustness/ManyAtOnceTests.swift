import Testing

/// Many commands at the same moment.
@Suite struct ManyAtOnceTests {
    @Test func thirtyRunsAllWork() throws {
        try Apus.with { apus throws in
            let all = try (0..<30).map { number in
                try apus.start(["run", "--rm", "-m", "32m", "-e", "N=\(number)", "busybox", "sh", "-c", "echo out $N; echo err $N >&2; exit $N"])
            }
            for (number, running) in all.enumerated() {
                #expect(try running.wait(timeout: 120) == Outcome(output: "out \(number)\n", errorOutput: "err \(number)\n", code: Int32(number)))
            }
        }
    }

    @Test func oneNameIsGivenOnce() throws {
        try Apus.with { apus throws in
            let all = try (0..<10).map { _ in try apus.start("run", "-d", "--name", "same", "busybox", "sleep", "100") }
            let outcomes = try all.map { try $0.wait(timeout: 120) }
            #expect(outcomes.filter { $0.code == 0 }.count == 1)
            let refused = outcomes.filter { $0.code == 125 && $0.errorOutput.contains("the container name \"same\" is already in use by container ") }
            #expect(refused.count == 9, "\(outcomes)")
        }
    }

    /// The first runs on an image build what later ones find in the cache.
    @Test func firstRunsTogetherOnAnArchive() throws {
        try Apus.with(image: false) { apus throws in
            let all = try (0..<6).map { number in try apus.start(["run", "--rm", BusyboxImage.archive, "echo", "\(number)"]) }
            for (number, running) in all.enumerated() { #expect(try running.wait(timeout: 120) == Outcome(output: "\(number)\n", code: 0)) }
        }
    }
}
