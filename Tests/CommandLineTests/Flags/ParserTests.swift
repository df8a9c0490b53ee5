import CommandLine
import Testing

@Suite("The grammar of flags") struct ParserTests {
    @Test("Values in every spelling", arguments: [["--name", "x"], ["--name=x"], ["--name", "y", "--name=x"]])
    func spellings(_ words: [String]) throws {
        #expect(try Sample.parsed(["run"] + words + ["busybox"])[Sample.name] == "x")
    }

    @Test(
        "Switches",
        arguments: [("--rm", true), ("--rm=1", true), ("--rm=T", true), ("--rm=true", true), ("--rm=0", false), ("--rm=f", false), ("--rm=False", false)])
    func switches(_ word: String, _ expected: Bool) throws {
        let parsed = try Sample.parsed("run", word, "busybox")
        #expect(parsed[Sample.rm] == expected)
        #expect(parsed.isSet(Sample.rm))
    }

    @Test("A switch takes no value from the next word") func switchAlone() throws {
        #expect(try Sample.parsed("run", "--rm", "true").positionals == ["true"])
    }

    @Test("Grouped letters, the last of which may take a value") func groups() throws {
        let parsed = try Sample.parsed("run", "-itd", "-eA=1", "-e=B", "-e", "C", "-dp8080:80", "-te", "D", "-e=", "busybox")
        #expect(parsed[Sample.interactive] && parsed[Sample.tty] && parsed[Sample.detach])
        #expect(parsed[Sample.env] == ["A=1", "B", "C", "D", "="])
        #expect(parsed[Sample.publish] == ["8080:80"])
    }

    @Test("Options end at the image") func notInterspersed() throws {
        let parsed = try Sample.parsed("run", "--rm", "busybox", "ls", "--name", "x", "--", "-l", "--help")
        #expect(parsed.positionals == ["busybox", "ls", "--name", "x", "--", "-l", "--help"])
        #expect(parsed[Sample.name] == nil)
        #expect(try Sample.parsed("run", "--", "--rm").positionals == ["--rm"])
    }

    @Test("Elsewhere options and positionals may be mixed") func interspersed() throws {
        #expect(try Sample.parsed("stop", "a", "--", "--help", "-").positionals == ["a", "--help", "-"])
        let parsed = try Sample.parsed("ps", "-a", "-n", "-5", "--filter=a", "-f", "--")
        #expect(parsed[Sample.last] == -5)
        #expect(parsed[Sample.filter] == ["a", "--"])
    }

    @Test("Defaults, absent and empty values") func defaults() throws {
        let parsed = try Sample.parsed("run", "--name=", "-e", "", "busybox")
        #expect(parsed[Sample.name] == "")
        #expect(parsed[Sample.env] == [""])
        #expect(parsed[Sample.network] == "none")
        #expect(parsed[Sample.cpuShares] == nil)
        #expect(parsed[Sample.explain] == nil)
        #expect(!parsed.isSet(Sample.memory))
        #expect(parsed[Sample.all] == false, "a flag that the command does not have is not set")
    }

    @Test("A value that may be left out") func implicitValue() throws {
        #expect(try Sample.parsed("run", "--explain", "busybox")[Sample.explain] == "plan")
        #expect(try Sample.parsed("run", "--explain=timing", "busybox")[Sample.explain] == "timing")
    }

    @Test("Typed values") func typed() throws {
        let parsed = try Sample.parsed("run", "-m", "64", "-c", "0x10", "busybox")
        #expect(parsed[Sample.memory] == 64)
        #expect(parsed[Sample.cpuShares] == 16)
        #expect(parsed.texts(Sample.cpuShares) == ["0x10"])
    }

    @Test("Flags of the parents stand in front") func globalFlags() throws {
        let parsed = try Sample.parsed("-D", "--root", "/x", "container", "list", "-a")
        #expect(parsed[Sample.root] == "/x")
        #expect(parsed[Sample.debug] && parsed[Sample.all])
        #expect(parsed.path == ["apus", "container", "ls"])
        #expect(Sample.complaint("ps", "-D").hasPrefix("unknown shorthand flag: 'D' in -D"))
    }

    @Test(
        "Help is found everywhere",
        arguments: [
            ([], "apus"), (["--help"], "apus"), (["help"], "apus"), (["-h"], "apus"), (["run", "--help"], "apus run"), (["run", "-ith"], "apus run"),
            (["help", "run"], "apus run"), (["container"], "apus container"), (["container", "help", "list"], "apus container ls"),
            (["rename", "a", "--help", "--foo"], "apus rename"), (["help", "container", "ls"], "apus container ls"),
        ] as [([String], String)])
    func help(_ words: [String], _ expected: String) throws {
        guard case .help(let command, let path) = try Sample.tree.parse(words) else {
            Issue.record("\(words) is no call for help")
            return
        }
        #expect(path.joined(separator: " ") == expected)
        #expect(command.name == path.last)
    }

    @Test("--help=false is none") func noHelp() throws { #expect(try Sample.parsed("stop", "--help=false", "a").positionals == ["a"]) }
}
