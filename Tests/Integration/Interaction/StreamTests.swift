import Engine
import Glibc
import LinuxSystem
import Testing

/// Bytes through `run -i` and `exec -i`, and readers and writers that misbehave.
///
/// A shell of the host plays the user.
@Suite struct StreamTests {
    /// Runs a script of the host's bash in which `apus` is the program.
    private func bash(_ apus: Apus, _ script: String) throws -> String {
        try apus.host("/bin/bash", "-c", "set -o pipefail; export APUS_ROOT=\(apus.paths.root); apus() { \(Apus.program) \"$@\"; }; \(script)")
    }

    private let big = rounds(100, slow: 10) * 1_000_000

    @Test func manyBytesInAndOut() throws {
        try Apus.with { apus in
            let sums = try bash(
                apus,
                """
                head -c \(big) /dev/urandom > big; sha256sum < big
                cat big | apus run -i --rm busybox sha256sum
                apus run -i --rm busybox cat < big | sha256sum
                apus run -d --name one busybox sleep 1000 > /dev/null
                cat big | apus exec -i one cat | sha256sum
                apus exec -i one sh -c 'cat >&2' < big 2>&1 > /dev/null | sha256sum
                """)
            #expect(Set(sums.split(separator: "\n")).count == 1 && sums.split(separator: "\n").count == 5, "\(sums)")
        }
    }

    @Test func slowReaderGetsAll() throws {
        try Apus.with { apus in
            // The container ends long before its output is read; the end is recorded at once and the output is whole.
            let result = try bash(
                apus,
                """
                apus run --name one busybox sh -c 'seq 1 10000; exit 6' | { until [ "$(timeout 20 \(Apus.program) wait one 2> /dev/null)" = 6 ]; do sleep 0.05; done; sha256sum; }
                echo "${PIPESTATUS[0]}"; seq 1 10000 | sha256sum
                """
            ).split(separator: "\n").map(String.init)
            #expect(result.count == 3 && result[0] == result[2] && result[1] == "6", "\(result)")
        }
    }

    @Test func closedOutput() throws {
        try Apus.with { apus in
            try apus.output("run", "-d", "--name", "one", "busybox", "sleep", "1000")
            #expect(try bash(apus, "set +o pipefail; apus exec one yes | head -1; echo ${PIPESTATUS[0]}") == "y\n141")
            #expect(try bash(apus, "set +o pipefail; apus exec -t one yes | head -c 1; echo ${PIPESTATUS[0]}") == "y141")
            #expect(try eventually { try !apus.run("exec", "one", "ps").output.contains("yes") }, "the program never found its pipe broken")
            #expect(try bash(apus, "set +o pipefail; apus run --name two busybox yes | head -1; echo ${PIPESTATUS[0]}") == "y\n141")
            // The log goes on, so the container does.
            try apus.output("exec", "two", "true")
            #expect(
                try bash(apus, "apus exec one echo words >&-; apus exec one cat <&-; apus exec -i one cat <&-; apus exec one true 2>&- && echo good") == "good")
            let full = try bash(apus, "apus exec one echo words 2>&1 > /dev/full || echo $?")
            #expect(full == "apus: cannot write stdout: no space left on device (ENOSPC)\n126")
        }
    }

    /// kill -9 of the CLI: the container goes on, and its log has all of it.
    @Test func killedClient() throws {
        try Apus.with { apus in
            let running = try apus.start("run", "--name", "one", "busybox", "sh", "-c", "seq 1 100; sleep 0.5; seq 101 20000; exit 8")
            #expect(eventually { running.output.contains("100\n") })
            kill(running.pid, SIGKILL)
            #expect(try running.wait().code == -SIGKILL)
            #expect(try apus.output("wait", "one") == "8")
            let lines = try readText("\(apus.paths.containers)/\(try #require(listDirectory(apus.paths.containers).first))/log").split(separator: "\n")
            #expect(lines.filter { $0.contains(" stdout F ") }.count == 20000)
            #expect(lines.last?.hasSuffix(" stdout F 20000") == true)
        }
    }

    /// A stopped CLI holds up its container, but not the container's end.
    @Test func stoppedClient() throws {
        try Apus.with { apus in
            let running = try apus.start("run", "--name", "one", "busybox", "yes")
            #expect(eventually { !running.output.isEmpty })
            running.send(SIGSTOP)
            usleep(200_000)
            try apus.output("kill", "one")
            #expect(try apus.output("wait", "one", timeout: 20) == "137")
            running.send(SIGCONT)
            let outcome = try running.wait()
            #expect(outcome.code == 137 && outcome.output.hasSuffix("y\n"))
        }
    }

    /// The client vanishes while its input is stuck in a program that reads late.
    @Test func vanishedWriter() throws {
        try Apus.with { apus in
            try apus.output("run", "-d", "--name", "one", "busybox", "sleep", "1000")
            let running = try apus.start(
                "exec", "-i", "one", "sh", "-c", "sleep 1; cat > /tmp/got", input: .text(String(repeating: "0123456789abcde\n", count: 50000)))
            usleep(300_000)
            kill(running.pid, SIGKILL)
            #expect(try eventually { try !apus.run("exec", "one", "ps").output.contains("cat") })
        }
    }
}
