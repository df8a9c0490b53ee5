import LinuxSystem
import Testing

/// Programs, images and names that cannot be had: one line, Docker's status, nothing left.
@Suite struct StartErrorTests {
    @Test func programsThatCannotRun() throws {
        try Apus.with { apus throws in
            try apus.refuses("cannot run \"nothere\": executable file not found in $PATH", code: 127, "run", "--rm", "busybox", "nothere")
            try apus.refuses("cannot run \"/nope/x\": no such file or directory (ENOENT)", code: 127, "run", "--rm", "busybox", "/nope/x")
            try apus.refuses("cannot run \"/etc/passwd\": permission denied (EACCES)", code: 126, "run", "--rm", "busybox", "/etc/passwd")
            try apus.refuses("cannot run \"/bin\": permission denied (EACCES)", code: 126, "run", "--rm", "--entrypoint", "/bin", "busybox")
            let script = try apus.file("script", "echo no interpreter line", mode: 0o755)
            let line = "cannot run \"/script\": exec format error (ENOEXEC); is it a program for this machine, or a script without a #! line?"
            try apus.refuses(line, code: 126, "run", "--rm", "-v", "\(script):/script", "busybox", "/script")
        }
    }

    @Test func aContainerThatNeverRanIsKept() throws {
        try Apus.with { apus throws in
            try apus.refuses("cannot run \"nothere\": executable file not found in $PATH", code: 127, "run", "--name", "box", "busybox", "nothere")
            let exit = try apus.exitRecord(readLink("\(apus.root)/names/box"))
            #expect(exit.contains("\"exitCode\":127") && exit.contains("\"neverRan\":true"), "\(exit)")
        }
    }

    @Test func images() throws {
        try Apus.with { apus throws in
            try apus.refuses("no such image: nope", "run", "--rm", "nope", "true")
            try apus.refuses("invalid image reference \"BadName\": the repository must be lower case", "run", "--rm", "BadName", "true")
            try apus.refuses("cannot open /nope.tar: no such file or directory (ENOENT)", "run", "--rm", "/nope.tar", "true")
            try apus.refuses("cannot load /nope: cannot open /nope: no such file or directory (ENOENT)", code: 1, "load", "-i", "/nope")
            let text = try apus.file("text", String(repeating: "no tar ", count: 200))
            let line = "cannot load \(text): neither an image archive nor the tar of a root filesystem (not a tar header: its checksum is wrong)"
            try apus.refuses(line, code: 1, "load", "-i", text)
        }
    }

    @Test func truncatedArchives() throws {
        try Apus.with(image: false) { apus throws in
            let whole = try readFile(BusyboxImage.archive)
            for size in [1, 511, 512, 5000, whole.count / 2, whole.count - 20_000] {
                let path = "\(apus.scratch)/files/part.tar"
                try replaceFile(path, with: Array(whole[..<size]))
                let outcome = try apus.run("load", "-i", path)
                #expect(outcome.code == 1 && outcome.output.isEmpty, "\(size): \(outcome)")
                #expect(outcome.errorOutput.hasPrefix("apus: cannot load \(path): ") && outcome.errorOutput.split(separator: "\n").count == 1, "\(outcome)")
                #expect(try listDirectory("\(apus.root)/images/blobs/sha256").isEmpty, "\(size)")
            }
        }
    }

    @Test func aNameInUse() throws {
        try Apus.with { apus throws in
            let id = try apus.output("run", "-d", "--name", "box", "busybox", "sleep", "100")
            let line = "the container name \"box\" is already in use by container \(id.prefix(12)); remove or rename that container, or choose another name"
            try apus.refuses(line, "run", "--rm", "--name", "box", "busybox", "true")
            #expect(apus.isRunning("box"))
        }
    }

    @Test func aUserWithoutPrivilege() throws {
        try Apus.with { apus throws in
            let hint = "as user 65534; run apus as root; rootless containers are not there yet\n"
            for (command, code, task) in [
                (["run", "--rm", "busybox", "true"], Int32(125), "start containers"), (["load", "-i", BusyboxImage.archive], 1, "load images"),
            ] {
                let demoted = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", Apus.program] + command
                let running = try Running(demoted, input: .empty, environment: ["APUS_ROOT": apus.root])
                #expect(try running.wait() == Outcome(errorOutput: "apus: cannot \(task) \(hint)", code: code))
            }
        }
    }

    @Test func withoutTheMonitor() throws {
        try Apus.with { apus throws in
            try apus.host("cp", Apus.program, "\(apus.scratch)/files/apus")
            let running = try Running(["\(apus.scratch)/files/apus", "run", "--rm", "busybox", "true"], input: .empty, environment: ["APUS_ROOT": apus.root])
            let places = "\(apus.scratch)/files/apus-monitor or \(apus.scratch)/files/../libexec/apus/apus-monitor"
            #expect(
                try running.wait() == Outcome(errorOutput: "apus: cannot find apus-monitor at \(places); build it with make, or install Apus anew\n", code: 125)
            )
        }
    }
}
