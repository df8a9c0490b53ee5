import Engine
import Glibc
import LinuxSystem
import Testing

@Suite("ps and inspect") struct ListTests {
    @Test("States, filters and templates") func list() throws {
        try Apus.with { apus in
            #expect(try apus.output("ps") == "CONTAINER ID   IMAGE     COMMAND   CREATED   STATUS    PORTS     NAMES")
            let id = try apus.output("run", "-d", "--name", "runs", "-l", "tier=front", "busybox", "sleep", "1000")
            #expect(try apus.run("run", "--name", "ended", "busybox", "sh", "-c", "exit 3").code == 3)
            try apus.output("create", "--name", "made", "busybox", "true")
            #expect(try apus.output("ps", "-q", "--no-trunc") == id)
            #expect(try apus.output("ps", "--format", "{{.ID}} {{.State}} {{.Names}}") == "\(id.prefix(12)) running runs")
            #expect(try apus.output("ps", "-a", "--format", "{{.Names}} {{.State}}") == "made created\nended exited\nruns running")
            #expect(try apus.output("ps", "-n", "2", "--format", "{{.Names}}") == "made\nended")
            #expect(try apus.output("ps", "-lq") == apus.output("ps", "-aqf", "name=^made$"))
            for (condition, names) in [
                ("status=exited", "ended"), ("exited=3", "ended"), ("exited=0", ""), ("label=tier=front", "runs"), ("ancestor=busybox", "made\nended\nruns"),
                ("ancestor=none", ""), ("id=\(id.prefix(5))", "runs"), ("name=^/?m", "made"), ("before=ended", "runs"), ("since=ended", "made"),
            ] {
                #expect(try apus.output("ps", "-a", "-f", condition, "--format", "{{.Names}}") == names, "\(condition)")
            }
            let status = try apus.output("ps", "-a", "--format", "{{.Status}}").split(separator: "\n")
            #expect(status[0] == "Created" && status[1].hasPrefix("Exited (3) ") && status[1].hasSuffix(" ago") && status[2].hasPrefix("Up "))
            try apus.output("pause", "runs")
            #expect(try apus.output("ps", "--format", "{{.Status}}").hasSuffix(" (Paused)"))
            #expect(try apus.output("inspect", "-f", "{{.State.Status}} {{.State.Running}} {{.State.Paused}}", "runs") == "paused true true")
            try apus.refuses(
                "invalid filter 'colour'; known are ancestor, before, exited, expose, id, label, name, network, publish, since, status and volume", code: 1,
                "ps", "-f",
                "colour=red")
        }
    }

    @Test("Sizes are those of the files") func sizes() throws {
        try Apus.with { apus in
            try apus.output(
                "run", "--name", "writes", "busybox", "sh", "-c", "head -c 5000 /dev/zero > /file; ln /file /other; mkdir /d; echo 12345 > /d/x; rm /bin/ls")
            #expect(try apus.output("ps", "-a", "--format", "{{.Size}}").hasPrefix("5.01kB (virtual "))
            #expect(try apus.output("inspect", "-s", "-f", "{{.SizeRw}}", "writes") == "5006")
            #expect(try apus.output("ps", "-as").contains("5.01kB"))
        }
    }

    @Test("How a container ended is kept") func ended() throws {
        try Apus.with { apus in
            _ = try apus.run("run", "--name", "ends", "busybox", "sh", "-c", "exit 7")
            let text = try apus.output("inspect", "-f", "{{.State.ExitCode}} {{.State.Pid}} {{.State.StartedAt}} {{.State.FinishedAt}}", "ends").split(
                separator: " ")
            let (started, finished) = (try #require(Timestamp(rfc3339: text[2])), try #require(Timestamp(rfc3339: text[3])))
            #expect(text[0] == "7" && text[1] == "0" && started < finished && finished.seconds > 1_700_000_000)
        }
    }

    @Test("Containers and images, found and not") func inspect() throws {
        try Apus.with { apus in
            let id = try apus.output("create", "--name", "web", "-m", "64m", "busybox", "true")
            #expect(try apus.output("inspect", "-f", "{{.Id}} {{.Name}} {{.HostConfig.Memory}}", "web") == "\(id) /web 67108864")
            #expect(try apus.output("inspect", "--type", "image", "-f", "{{json .RepoTags}}", "busybox") == #"["busybox:latest"]"#)
            let outcome = try apus.run("inspect", "-f", "{{.Id}}", "nobody", "web")
            #expect(outcome == Outcome(output: "\(id)\n", errorOutput: "apus: no such object: nobody\n", code: 1))
            #expect(try apus.run("inspect", "nobody") == Outcome(output: "[]\n", errorOutput: "apus: no such object: nobody\n", code: 1))
            try apus.refuses("\"volume\" is not a valid value for --type; container or image", code: 1, "inspect", "--type", "volume", "web")
            #expect(try apus.run("inspect", "--type", "container", "busybox").errorOutput == "apus: no such container: busybox\n")
        }
    }

    @Test("A list while containers come and go") func races() throws {
        try Apus.with { apus in
            let script = "for i in 1 2 3 4 5 6 7 8 9 10; do \(Apus.program) run --rm busybox true || exit 1; done"
            let runs = try (0..<3).map { _ in
                try Running(["/bin/sh", "-c", script], input: .empty, environment: ["APUS_ROOT": apus.paths.root], directory: nil)
            }
            while !runs.allSatisfy(\.hasEnded) {
                let outcome = try apus.run("ps", "-a", "--format", "{{.Names}} {{.Status}}")
                #expect(outcome.code == 0 && outcome.errorOutput.isEmpty, "\(outcome)")
            }
            for run in runs { #expect(try run.wait() == Outcome(output: "", errorOutput: "", code: 0)) }
        }
    }
}
