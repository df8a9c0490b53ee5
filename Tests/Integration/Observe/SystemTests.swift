import ContainerRuntime
import Engine
import LinuxSystem
import Testing

@Suite("Commands about Apus itself") struct SystemTests {
    @Test("Information and versions") func info() throws {
        try Apus.with { apus in
            try apus.output("create", "busybox", "true")
            #expect(
                try apus.output("info", "-f", "{{.Containers}} {{.ContainersRunning}} {{.ContainersStopped}} {{.Images}} {{.ID}}")
                    == "1 0 1 1 \(apus.paths.instance)")
            let outcome = try apus.run("info")
            #expect(outcome.code == 0 && outcome.output.hasPrefix("Containers: 1\n Running: 0\n Paused: 0\n Stopped: 1\nImages: 1\n"))
            #expect(outcome.output.contains("\nRoot Dir: \(apus.paths.root)\n") && outcome.output.contains(", freeze and kill v2\n"))
            #expect(try apus.output("version", "--format", "{{.Client.Version}} {{.Server.Version}}") == "\(ApusVersion.number) \(ApusVersion.number)")
            #expect(try apus.output("version").hasPrefix("Apus:\n Version:           \(ApusVersion.number)\n"))
            #expect(try apus.output("--version") == "Apus version \(ApusVersion.number)")
        }
    }

    @Test("Completion, reference and manual") func documents() throws {
        try Apus.with { apus in
            let id = try apus.output("create", "--name", "web", "busybox", "true")
            #expect(try apus.output("__complete", "container", "") == "web" && apus.output("__complete", "container", "x") == "")
            #expect(try apus.output("__complete", "container", "\(id.prefix(3))") == id.prefix(12))
            #expect(try apus.output("__complete", "image", "bu") == "busybox:latest" && apus.output("__complete", "planet", "") == "")
            for shell in ["bash", "zsh", "fish"] {
                let script = try apus.output("completion", shell)
                #expect(try script.contains("__complete") && script == apus.output("__completion", shell))
            }
            try apus.refuses("no completion for shell \"tcsh\"; one of bash, fish, zsh", code: 1, "completion", "tcsh")
            #expect(try apus.output("__docs").hasPrefix("# Commands of apus\n"))
            try apus.output("__man", "\(apus.scratch)/files")
            #expect(try listDirectory("\(apus.scratch)/files").contains("apus-run.1"))
        }
    }
}
