import Engine
import Glibc
import LinuxSystem
import Testing

/// Kill -9 of monitors and of commands: the next command finds a consistent state, and `system prune` collects the rest.
@Suite struct CrashTests {
    @Test func aContainerThatLostItsMonitorHasEnded() throws {
        try Apus.with { apus in
            try apus.runReady("one", StopTests.deaf)
            try apus.killMonitor("one")
            #expect(
                try apus.output("inspect", "--format", "{{.State.Status}} {{.State.ExitCode}} {{.State.Error}}", "one")
                    == "exited 137 its monitor or the machine ended before it did")
            #expect(try apus.output("wait", "one") == "137")
            try apus.output("start", "one")
            try apus.killMonitor("one")
            try apus.output("rm", "one")
        }
    }

    @Test func aContainerWithRmThatLostItsMonitorIsRemoved() throws {
        try Apus.with { apus in
            try apus.runReady("one", StopTests.deaf, "--rm", "-v", "/data")
            try apus.killMonitor("one")
            try apus.refuses("no such container: one", code: 1, "start", "one")
            #expect(try apus.output("volume", "ls", "-q") == "")
            try apus.runReady("two", StopTests.deaf, "--rm")
            let id = try apus.output("inspect", "--format", "{{.Id}}", "two")
            try apus.killMonitor("two")
            #expect(try apus.output("container", "prune", "-f").hasPrefix("Deleted Containers:\n\(id)\n\nTotal reclaimed space: "))
        }
    }

    @Test func whatSurvivesTheMonitorIsKilledThroughTheCgroup() throws {
        try Apus.with { apus in
            try apus.runReady("one", StopTests.deaf)
            let id = try readLink("\(apus.paths.names)/one")
            // A process of the host's pid namespace in the container's cgroup, which no signal of the monitor's death reaches.
            let record = try readText("\(apus.paths.running(id))/cgroup.json")
            let directories = record.split(separator: "\"").filter { $0.hasSuffix("/\(id)") }.map(String.init)
            let sleeper = try Running(["sleep", "1000"], input: .empty, environment: [:])
            defer { sleeper.stop() }
            for directory in Set(directories) { try systemWrite("\(directory)/cgroup.procs", "\(sleeper.pid)") }
            try apus.killMonitor("one")
            #expect(!sleeper.hasEnded)
            try apus.output("start", "one")
            #expect(try sleeper.wait(timeout: 10).code == -SIGKILL)
            try apus.output("rm", "-f", "one")
        }
    }

    @Test func pruneCollectsWhatNoRecordSpeaksOf() throws {
        try Apus.with { apus in
            try apus.runReady("one", StopTests.deaf)
            let live = try readLink("\(apus.paths.names)/one")
            let gone = String(repeating: "c", count: 64)
            let half = String(repeating: "d", count: 64)
            let removed = String(repeating: "e", count: 64)
            for directory in [apus.paths.running(gone), "\(apus.paths.container(half))/upper", apus.paths.container(removed)] { try makeDirectories(directory) }
            for lock in [gone, half, removed] { try replaceFile(apus.paths.lock(lock), with: []) }
            _ = unsafe symlink(gone, "\(apus.paths.names)/gone")
            _ = unsafe symlink(live, "\(apus.paths.names)/old")
            // A removal that was killed after the record: its volume goes too.
            let volume = try apus.output("volume", "create")
            let record = try readText("\(apus.paths.container(live))/container.json")
            let mount = #""mounts":[{"isAnonymous":true,"kind":"volume","options":[],"readOnly":false,"source":"\#(volume)","target":"/data"}]"#
            let text = record.replacingText(live, removed).replacingText("\"one\"", "\"three\"").replacingText("\"mounts\":[]", mount)
            try replaceFile("\(apus.paths.container(removed))/removed.json", with: Array(text.utf8))
            _ = unsafe symlink(removed, "\(apus.paths.names)/three")
            let cgroup = try #require(try readText("\(apus.paths.running(live))/cgroup.json").split(separator: "\"").first { $0.hasSuffix("/\(live)") })
            try makeDirectories(cgroup.dropLast(64) + gone)

            #expect(try apus.output("system", "prune", "-f") == "Total reclaimed space: 4.096kB")  // removed.json
            #expect(try listDirectory(apus.paths.containers) == [live])
            #expect(try listDirectory(apus.paths.names) == ["one"])
            #expect(try listDirectory(apus.paths.run).sorted() == [live, "\(live).lock"])
            #expect(try apus.output("volume", "ls", "-q") == "")
            #expect(!fileExists(cgroup.dropLast(64) + gone))
            #expect(try apus.output("ps", "-q", "--no-trunc") == live)
            try apus.output("rm", "-f", "one")
        }
    }

    @Test func theNameOfACreationThatWasCutShortIsFree() throws {
        try Apus.with { apus in
            try apus.output("create", "--name", "other", "busybox", "true")
            let half = String(repeating: "d", count: 64)
            try makeDirectories(apus.paths.container(half))
            _ = unsafe symlink(half, "\(apus.paths.names)/one")
            try apus.output("create", "--name", "one", "busybox", "true")
            try apus.output("rm", "one", "other")
            try apus.output("system", "prune", "-f")
        }
    }

    @Test func commandsThatAreKilledLeaveAConsistentState() throws {
        try Apus.with { apus in
            var generator = SystemRandomNumberGenerator()
            for round in 0..<rounds(60, slow: 6) {
                let command = ["run", "-d", "--name", "n\(round % 3)", "-v", "/etc"] + (round % 2 == 0 ? ["--rm"] : []) + ["busybox", "sleep", "1000"]
                let run = try apus.start(command)
                usleep(UInt32.random(in: 0...12_000, using: &generator))
                run.send(SIGKILL)
                _ = try run.wait()
                let removal = try apus.start("rm", "-f", "n\((round + 1) % 3)")
                usleep(UInt32.random(in: 0...12_000, using: &generator))
                if round % 4 == 0 { removal.send(SIGKILL) }
                _ = try removal.wait()
                let list = try apus.run("ps", "-a")
                #expect(list.code == 0 && list.errorOutput.isEmpty, "\(list)")
            }
            // A monitor whose plan never came ends by itself; one that was just given it starts its container.
            #expect(eventually { (try? apus.run("ps", "-aq").output)?.isEmpty != nil })
            for id in try apus.output("ps", "-aq").split(separator: "\n") { _ = try apus.run("rm", "-f", "-v", String(id)) }
            #expect(try apus.run("system", "prune", "-f", "--volumes").code == 0)
            #expect(try listDirectory(apus.paths.volumes) == [])
        }
    }

    @Test func monitorsThatAreKilledAtAnyMomentLeaveAConsistentState() throws {
        try Apus.with { apus in
            var generator = SystemRandomNumberGenerator()
            for round in 0..<rounds(40, slow: 4) {
                let run = try apus.start(["run", "--name", "one", "busybox", "true"] + (round % 2 == 0 ? [] : ["--rm"]).reversed())
                usleep(UInt32.random(in: 0...10_000, using: &generator))
                for pid in apus.monitors() { kill(pid, SIGKILL) }
                _ = try run.wait()
                #expect(try apus.run("ps", "-a").errorOutput == "")
                #expect(try apus.run("rm", "-f", "one").code == 0)
            }
            #expect(try apus.run("system", "prune", "-f").code == 0)
        }
    }

    @Test func pruneAsks() throws {
        try Apus.with { apus in
            for command in [["container", "prune"], ["system", "prune"], ["volume", "prune"]] {
                let outcome = try apus.run(command)
                #expect(
                    outcome == Outcome(errorOutput: "apus: cannot ask whether to go on: stdin is no terminal; give -f to go on without a question\n", code: 1))
            }
        }
    }
}

extension Apus {
    /// Kills the monitor of a container and waits until its lock is free.
    func killMonitor(_ name: String) throws {
        let id = try readLink("\(paths.names)/\(name)")
        let state = try readText("\(paths.running(id))/state.json")
        let field = try #require(state.split(separator: ",").first { $0.hasPrefix("\"monitorPid\":") })
        kill(try #require(Int32(field.dropFirst(13))), SIGKILL)
        #expect(eventually { (try? FileLock.isHeld(paths.lock(id))) == false })
    }

    /// The monitors of this instance, found by what they hold open.
    func monitors() -> [Int32] {
        ((try? listDirectory("/proc")) ?? []).compactMap { Int32($0) }.filter { pid in
            guard (try? readText("/proc/\(pid)/comm"))?.hasPrefix("apus-monitor") == true else { return false }
            let open = ((try? listDirectory("/proc/\(pid)/fd")) ?? []).compactMap { try? readLink("/proc/\(pid)/fd/\($0)") }
            return open.contains { $0.hasPrefix(paths.run) || $0.hasPrefix(paths.root) }
        }
    }
}

extension String {
    /// The text with every occurrence replaced.
    func replacingText(_ old: String, _ new: String) -> String {
        var (result, rest) = ("", self[...])
        while let character = rest.first {
            if rest.hasPrefix(old) {
                result += new
                rest = rest.dropFirst(old.count)
            } else {
                result.append(character)
                rest = rest.dropFirst()
            }
        }
        return result
    }
}

/// Writes to a file of the kernel.
private func systemWrite(_ path: String, _ text: String) throws {
    let fd = try openFile(path, O_WRONLY)
    try writeAll(fd.raw, Array(text.utf8), name: path)
}
