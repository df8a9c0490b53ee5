import Engine
import Glibc
import LinuxSystem
import Testing

/// Kill -9 of snapshot commands at any moment leaves what was or what was to be; the next command finishes it, and prune frees the rest.
@Suite(.requires(.ownProcessors)) struct SnapshotKillTests {
    @Test func anyCommandAtAnyMoment() throws {
        try Apus.with { apus throws in
            // /state has the name of a state, and 40 files of it the same, so that what is half done shows.
            let program = "[ -e /state ] || { for i in $(seq 40); do echo base > /f$i; done; echo base > /state; }; echo ready; exec sleep 1000"
            try apus.runReady("box", program, "--stop-timeout", "0")
            try apus.output("snapshot", "create", "box", "base")
            var known = "base"
            for round in 0..<72 {
                if round % 3 == 0 { known = try write("state\(round)", apus) }
                if round % 2 == 1 { try apus.output("stop", "box") }
                let names = try apus.output("snapshot", "ls", "--format", "{{.Name}}", "box").split(separator: "\n").map(String.init)
                let target = try #require(names.randomElement())
                let command =
                    switch round % 4 {
                    case 0, 1: ["snapshot", "create", "box", "\(known)-\(round)"]
                    case 2: round % 8 == 2 || names.count < 3 ? ["snapshot", "restore", "box", target] : ["snapshot", "rm", "box:\(target)"]
                    default: round % 8 == 3 ? ["clone", "box", "clone\(round)"] : ["snapshot", "restore", "box", target]
                    }
                let running = try apus.start(command)
                usleep(UInt32.random(in: 0...5_000))
                running.send(SIGKILL)
                let outcome = try running.wait()
                #expect(outcome.code == -SIGKILL || outcome.code == 0, "\(command): \(outcome)")
                for look in [["ps", "-a"], ["snapshot", "ls", "--tree"]] {
                    let list = try apus.run(look)
                    #expect(list.code == 0 && list.errorOutput.isEmpty, "\(command): \(list)")
                }
                // A restore may have told it to end before it was killed.
                #expect(try eventually { try apus.run("start", "box").code == 0 && apus.run("exec", "box", "true").code == 0 })
                let now = try state("box", apus)
                #expect(now == known || command.contains("restore") && target.hasPrefix(now), "\(command): \(known) became \(now)")
                known = now
            }
            try everythingOpens(apus)
        }
    }

    /// Gives the running container a state of this name.
    private func write(_ name: String, _ apus: Apus) throws -> String {
        try apus.output("exec", "box", "sh", "-c", "for i in $(seq 40); do echo \(name) > /f$i; done; echo \(name) > /state")
        return name
    }

    /// The state of a running container, which must be whole.
    private func state(_ name: String, _ apus: Apus) throws -> String {
        let lines = Set(try apus.output("exec", name, "sh", "-c", "cat /state /f*").split(separator: "\n"))
        #expect(lines.count == 1, "\(name): \(lines)")
        return lines.first.map(String.init) ?? ""
    }

    private func everythingOpens(_ apus: Apus) throws {
        for name in try apus.output("snapshot", "ls", "--format", "{{.Name}}").split(separator: "\n").map(String.init) {
            try apus.output("clone", "box:\(name)", "opened")
            try apus.output("start", "opened")
            #expect(name.split(separator: "-").first.map(String.init) == (try state("opened", apus)))
            try apus.output("rm", "-f", "opened")
        }
        for name in try apus.output("ps", "-a", "--format", "{{.Names}}").split(separator: "\n").map(String.init) where name != "box" {
            try apus.output("start", name)
            _ = try state(name, apus)
            try apus.output("rm", "-f", name)
        }
        try apus.output("rm", "-f", "box")
        try apus.output("system", "prune", "-f")
        #expect(try listDirectory(apus.paths.snapshots) == [])
        #expect(try listDirectory("\(apus.root)/layers/l").allSatisfy { !$0.hasPrefix("s") || $0 == "skeleton" })
    }
}
