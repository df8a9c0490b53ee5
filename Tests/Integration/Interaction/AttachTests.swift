import Glibc
import LinuxSystem
import Testing

/// `apus attach`.
@Suite struct AttachTests {
    @Test func severalSeeTheSameAndTheExitCode() throws {
        try Apus.with { apus in
            try apus.output("run", "-d", "-i", "--name", "one", "busybox", "sh", "-c", "read line; echo got $line; echo err >&2; exit 9")
            let watching = try (0..<3).map { _ in try apus.start("attach", "--no-stdin", "one") }
            usleep(300_000)
            let typing = try apus.start("attach", "one", input: .text("words\n"))
            for one in watching + [typing] {
                #expect(try one.wait() == Outcome(output: "got words\n", errorOutput: "err\n", code: 9))
            }
            try apus.refuses("cannot attach to container one: it is not running; start it first", code: 1, "attach", "one")
        }
    }

    @Test func refusals() throws {
        try Apus.with { apus in
            try apus.output("run", "-d", "--name", "one", "busybox", "sleep", "1000")
            try apus.refuses("no such container: nothere", code: 1, "attach", "nothere")
            try apus.refuses("\"apus attach\" requires 1 argument; see 'apus attach --help'", code: 1, "attach")
            try apus.output("pause", "one")
            try apus.refuses("cannot attach to container one: it is paused; unpause it first", code: 1, "attach", "one")
            try apus.output("unpause", "one")
            let all = try (0..<16).map { _ in try apus.start("attach", "one") }
            usleep(500_000)
            #expect(all.filter { $0.hasEnded }.isEmpty)
            try apus.refuses("cannot attach to container one: too many are attached already", code: 1, "attach", "one")
        }
    }

    /// Only the first client's stdin is the container's own: one who attaches later leaves it open.
    @Test func inputStaysOpen() throws {
        try Apus.with { apus in
            try apus.output("run", "-d", "-i", "--name", "one", "busybox", "cat")
            let first = try apus.start("attach", "--sig-proxy=false", "one", input: .text("first\n"))
            #expect(eventually { first.output == "first\n" })
            first.send(SIGTERM)
            #expect(try first.wait().code == -SIGTERM)
            let second = try apus.start("attach", "one", input: .text("second\n"))
            #expect(eventually { second.output == "second\n" })
            try apus.output("kill", "one")
            #expect(try second.wait().code == 137)
        }
    }
}
