import Testing

@testable import CommandLine

@Suite("The sentences of usage errors") struct UsageErrorTests {
    @Test(
        "Flags",
        arguments: [
            (["--foo"], "unknown flag: --foo"), (["--foo=3"], "unknown flag: --foo"), (["-z"], "unknown shorthand flag: 'z' in -z"),
            (["-itz"], "unknown shorthand flag: 'z' in -z"), (["-izt"], "unknown shorthand flag: 'z' in -zt"), (["-=x"], "unknown shorthand flag: '=' in -=x"),
            (["-é"], "unknown shorthand flag: 'é' in -é"), (["--name"], "flag needs an argument: --name"), (["-ie"], "flag needs an argument: 'e' in -e"),
            (["-m", "a\"\n"], "invalid argument \"a\\\"\\n\" for \"-m, --memory\" flag: invalid size"), (["--a\nb"], "unknown flag: --a\\nb"),
            (["--=x"], "bad flag syntax: --=x"), (["---rm"], "bad flag syntax: ---rm"),
            (["--rm=maybe", "x"], "invalid argument \"maybe\" for \"--rm\" flag: neither true nor false"),
            (["--rm=", "x"], "invalid argument \"\" for \"--rm\" flag: neither true nor false"),
            (["-i=maybe"], "invalid argument \"maybe\" for \"-i, --interactive\" flag: neither true nor false"),
            (["--help=maybe"], "invalid argument \"maybe\" for \"-h, --help\" flag: neither true nor false"),
            (["-m", "1x"], "invalid argument \"1x\" for \"-m, --memory\" flag: invalid size"),
            (["-c", "x"], "invalid argument \"x\" for \"-c, --cpu-shares\" flag: not a whole number"),
            (["-c", "99999999999999999999"], "invalid argument \"99999999999999999999\" for \"-c, --cpu-shares\" flag: out of range"),
        ] as [([String], String)])
    func flags(_ words: [String], _ expected: String) throws {
        let error = #expect(throws: UsageError.self) { try Sample.parsed(["run"] + words) }
        #expect(error?.message == expected)
        #expect(error?.kind == .flag)
        #expect(error?.description == "\(expected); see 'apus run --help'")
    }

    @Test("A refused flag says why, with or without a value", arguments: [["--platform"], ["--platform=x"], ["--platform", "linux/arm64"]])
    func refused(_ words: [String]) {
        let error = #expect(throws: UsageError.self) { try Sample.parsed(["run"] + words) }
        #expect(error?.kind == .refused)
        #expect(error?.message == "--platform is refused: images of one architecture only")
    }

    @Test("Numbers of arguments") func positionals() {
        #expect(Sample.complaint("run") == "\"apus run\" requires at least 1 argument; see 'apus run --help'")
        #expect(Sample.complaint("rename", "a") == "\"apus rename\" requires 2 arguments; see 'apus rename --help'")
        #expect(Sample.complaint("rename", "a", "b", "c") == "\"apus rename\" requires 2 arguments; see 'apus rename --help'")
        #expect(Sample.complaint("container", "ls", "x") == "\"apus container ls\" accepts no arguments; see 'apus container ls --help'")
        #expect(Sample.complaint("load", "x", "y") == "\"apus load\" accepts at most 1 argument; see 'apus load --help'")
        #expect(Positionals("A B [C]").complaint(count: 1) == "requires at least 2 and at most 3 arguments")
        #expect(Positionals("A B [C]").complaint(count: 3) == nil)
        #expect(Positionals("CONTAINER:SRC_PATH DEST_PATH|-").complaint(count: 2) == nil)
    }

    @Test("Suggestions") func suggestions() {
        #expect(Sample.complaint("runn") == "unknown command: apus runn; did you mean 'apus run'? see 'apus --help'")
        #expect(Sample.complaint("conatiner", "ls") == "unknown command: apus conatiner; did you mean 'apus container'? see 'apus --help'")
        #expect(Sample.complaint("container", "lst") == "unknown command: apus container lst; did you mean 'apus container ls'? see 'apus container --help'")
        #expect(Sample.complaint("help", "xyz") == "unknown command: apus xyz; see 'apus --help'")
        #expect(Sample.complaint("secret-comand") == "unknown command: apus secret-comand; see 'apus --help'")
        #expect(Sample.complaint("run", "--nmae", "x") == "unknown flag: --nmae; did you mean '--name'? see 'apus run --help'")
        #expect(Sample.complaint("run", "--inter") == "unknown flag: --inter; did you mean '--interactive'? see 'apus run --help'")
    }

    @Test(
        "Edit distance",
        arguments: [("", "", 0), ("", "ab", 2), ("run", "run", 0), ("run", "rnu", 1), ("stop", "start", 3), ("ps", "cp", 2), ("abcd", "acbd", 1)])
    func distance(_ a: String, _ b: String, _ expected: Int) {
        #expect(editDistance(Array(a.utf8), Array(b.utf8)) == expected)
        #expect(editDistance(Array(b.utf8), Array(a.utf8)) == expected)
    }

    @Test(
        "Whole numbers in Go's forms",
        arguments: [
            ("0", 0), ("-1", -1), ("+7", 7), ("010", 8), ("0o17", 15), ("0x1F", 31), ("-0b101", -5), ("9223372036854775807", Int.max),
            ("-9223372036854775808", Int.min),
            ("", nil), ("-", nil), ("+-1", nil), ("0x", nil), ("08", nil), ("1.5", nil), ("1 ", nil), ("٣", nil), ("0x-1", nil), ("9223372036854775808", nil),
        ] as [(String, Int?)])
    func integers(_ text: String, _ expected: Int?) { #expect((try? parseInteger(text)) == expected) }
}
