import Engine
import Glibc
import LinuxSystem
import Testing

/// A running container is frozen for the instant: what a snapshot has of several files belongs together.
@Suite struct SnapshotConsistencyTests {
    /// Writes one number to files at both ends of what is copied, again and again.
    private static let program = """
        mkdir -p /a /m /z; for i in $(seq \(rounds(200, slow: 20))); do dd if=/dev/urandom of=/m/$i bs=64k count=1 2>/dev/null; done
        i=0; while :; do i=$((i+1)); for f in /a/1 /a/2 /z/1 /z/2 /m/first; do echo $i > $f; done; [ $i = 1 ] && echo ready; done
        """

    @Test func filesBelongTogether() throws {
        try Apus.with { apus throws in
            try apus.runReady("box", Self.program, "--stop-timeout", "0")
            var seen: Set<Int> = []
            for round in 0..<rounds(12, slow: 3) {
                let id = try apus.output("snapshot", "create", "box", "s\(round)")
                let fs = "\(apus.paths.snapshot(id))/fs"
                let numbers = ["a/1", "a/2", "z/1", "z/2", "m/first"].compactMap { file in (try? readText("\(fs)/\(file)")).flatMap { Int($0) } }
                // At most one of them is just being written, so empty, and the number goes up once in their order.
                #expect(numbers.count >= 4, "\(numbers)")
                #expect(Set(numbers).count <= 2 && numbers == numbers.sorted(by: >) && (numbers.first ?? 0) - (numbers.last ?? 0) <= 1, "\(numbers)")
                seen.formUnion(numbers)
            }
            #expect(seen.count > 3, "it went on: \(seen)")
            #expect(try apus.output("inspect", "--format", "{{.State.Status}}", "box") == "running")
        }
    }

    @Test func sparseFilesStaySparse() throws {
        try Apus.with { apus throws in
            try apus.runReady(
                "box", "truncate -s 8G /big; echo x | dd of=/big bs=1M seek=4096 conv=notrunc 2>/dev/null; echo ready; exec sleep 1000", "--stop-timeout", "0")
            let look = ["exec", "box", "sh", "-c", "stat -c '%s %b' /big; dd if=/big bs=1M skip=4096 count=1 2>/dev/null | head -c 2; touch /big; sync"]
            let before = try apus.run(look).output
            #expect(before.hasPrefix("8589934592 ") && before.hasSuffix("x\n"), "\(before)")
            try apus.output("snapshot", "create", "box", "one")
            try apus.output("exec", "box", "rm", "/big")
            _ = try apus.run("snapshot", "restore", "box", "one")
            // Copied up again when it is touched: with its holes too.
            for _ in 0..<2 {
                let after = try apus.run(look).output.split(separator: "\n")
                #expect(after.count == 2 && after[1] == "x", "\(after)")
                let blocks = try #require(after.first?.split(separator: " ").last.flatMap { Int($0) })
                #expect(blocks < 100_000, "\(blocks) blocks of 512 bytes")
            }
        }
    }

    @Test func aPausedContainerStaysPaused() throws {
        try Apus.with { apus throws in
            try apus.runReady("box", "echo ready; exec sleep 1000", "--stop-timeout", "0")
            try apus.output("pause", "box")
            try apus.output("snapshot", "create", "box", "one")
            let clones = try (0..<rounds(4, slow: 2)).map { try apus.start("clone", "box", "clone\($0)") }
            for clone in clones { #expect(try clone.wait().code == 0) }
            #expect(try apus.output("inspect", "--format", "{{.State.Status}}", "box") == "paused")
            try apus.output("unpause", "box")
            let running = try (4..<rounds(8, slow: 6)).map { try apus.start("clone", "box", "clone\($0)") }
            for clone in running { #expect(try clone.wait().code == 0) }
            #expect(try apus.output("ps", "-q", "--no-trunc") == readLink("\(apus.paths.names)/box"))
        }
    }

    /// What `apus unpause` and `apus stop` let go on meanwhile is no snapshot.
    @Test func aContainerThatWentOnIsNotTaken() throws {
        try Apus.with { apus throws in
            try apus.runReady(
                "box", "dd if=/dev/zero of=/big bs=1M count=\(rounds(400, slow: 100)) 2>/dev/null; echo ready; while :; do echo x > /y; done", "--stop-timeout",
                "0")
            let create = try apus.start("snapshot", "create", "box", "one")
            #expect(eventually { apus.isCopying || create.hasEnded })
            try apus.output("unpause", "box")
            let outcome = try create.wait()
            #expect(
                outcome
                    == Outcome(
                        errorOutput: "apus: container box went on while its files were copied: no snapshot was taken; try again\n", code: 1))
            #expect(try apus.output("snapshot", "ls", "-q") == "")
            #expect(try listDirectory(apus.paths.snapshots) == [])
        }
    }

    @Test func anInterruptLetsItGoOn() throws {
        try Apus.with { apus throws in
            try apus.runReady(
                "box", "dd if=/dev/zero of=/big bs=1M count=\(rounds(400, slow: 100)) 2>/dev/null; echo ready; exec sleep 1000", "--stop-timeout", "0")
            let create = try apus.start("snapshot", "create", "box", "one")
            #expect(eventually { apus.isCopying || create.hasEnded })
            create.send(SIGINT)
            #expect(try create.wait() == Outcome(errorOutput: "apus: interrupted: no snapshot of container box was taken\n", code: 1))
            #expect(try apus.output("inspect", "--format", "{{.State.Status}}", "box") == "running")
            #expect(try listDirectory(apus.paths.snapshots) == [])
            // Killed, it cannot say so: the next command does it.
            let second = try apus.start("snapshot", "create", "box", "two")
            #expect(eventually { apus.isCopying || second.hasEnded })
            second.send(SIGKILL)
            #expect(try second.wait().code == -SIGKILL)
            #expect(try apus.output("ps", "--format", "{{.State}}") == "running")
            try apus.output("system", "prune", "-f")
            #expect(try listDirectory(apus.paths.snapshots) == [])
        }
    }
}

extension Apus {
    /// Whether the file `big` of a frozen container is being copied.
    fileprivate var isCopying: Bool {
        ((try? listDirectory(paths.snapshots)) ?? []).contains { fileExists("\(paths.snapshot($0))/fs/big") }
    }
}
