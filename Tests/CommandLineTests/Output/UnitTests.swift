import CommandLine
import SeededRandom
import Testing

@Suite("Human units") struct UnitTests {
    @Test(
        "Decimal sizes",
        arguments: [(0, "0B"), (999, "999B"), (1000, "1kB"), (1024, "1.024kB"), (1_234_567, "1.235MB"), (999_999, "1000kB"), (1e12, "1TB"), (1.5e27, "1500YB")]
            as [(Double, String)])
    func decimal(_ bytes: Double, _ expected: String) { #expect(humanSize(bytes) == expected) }

    @Test("Binary sizes", arguments: [(0, "0B"), (1023, "1023B"), (1024, "1KiB"), (1_610_612_736, "1.5GiB"), (1_234_567, "1.177MiB")] as [(Double, String)])
    func binary(_ bytes: Double, _ expected: String) { #expect(bytesSize(bytes) == expected) }

    @Test("Three digits, as for images") func precision() { #expect(humanSize(4_261_502, precision: 3) == "4.26MB") }

    @Test(
        "Time spans",
        arguments: [
            (-5, "Less than a second"), (0.9, "Less than a second"), (1.9, "1 second"), (45, "45 seconds"), (60, "About a minute"), (119, "About a minute"),
            (120, "2 minutes"),
            (3599, "59 minutes"), (3600, "About an hour"), (5399, "About an hour"), (5400, "2 hours"), (169_200, "47 hours"), (172_800, "2 days"),
            (1_123_200, "13 days"), (1_209_600, "2 weeks"), (5_184_000, "2 months"), (62_985_600, "24 months"), (63_072_000, "2 years"),
            (1e300, "31709791 years"),
            (.infinity, "a long time"),
        ] as [(Double, String)])
    func durations(_ seconds: Double, _ expected: String) { #expect(humanDuration(seconds: seconds) == expected) }

    func result<Output>(_ text: String, _ parse: (String) throws(InvalidValue) -> Output) -> String {
        do throws(InvalidValue) { return "\(try parse(text))" } catch { return error.reason }
    }

    @Test(
        "Sizes in bytes",
        arguments: [
            ("0", "0"), ("1024", "1024"), ("32b", "32"), ("32B", "32"), ("32k", "32768"), ("32K", "32768"), ("32kb", "32768"), ("32Kib", "32768"),
            ("32 KiB", "32768"),
            ("512m", "536870912"), ("1.5g", "1610612736"), (".5k", "512"), ("1.k", "1024"), ("1MB", "1048576"), ("2T", "2199023255552"),
            ("1p", "1125899906842624"),
            ("1e3", "1000"), ("9223372036854775807", "9223372036854775807"), ("9007199254740993", "9007199254740993"), ("", "invalid size: ''"),
            ("m", "invalid size: 'm'"), ("-1", "invalid size: '-1'"), ("1x", "invalid suffix: 'x'"), ("1kbb", "invalid suffix: 'kbb'"),
            ("1bb", "invalid suffix: 'bb'"),
            ("1ki", "invalid suffix: 'ki'"), ("1.2.3k", "invalid size: '1.2.3k'"), ("0x10", "invalid size: '0x10'"), (" 1", "invalid size: ' 1'"),
            ("9223372036854775808", "size out of range: '9223372036854775808'"), ("9999999999g", "size out of range: '9999999999g'"),
            ("1e400", "size out of range: '1e400'"),
            ("١", "invalid size: '١'"),
        ] as [(String, String)])
    func sizes(_ text: String, _ expected: String) { #expect(result(text, parseByteSize) == expected) }

    @Test("-1 is no limit") func unlimited() {
        #expect(result("-1", parseByteSizeOrUnlimited) == "-1")
        #expect(result("-2", parseByteSizeOrUnlimited) == "invalid size: '-2'")
    }

    @Test(
        "Time spans in nanoseconds",
        arguments: [
            ("0", "0"), ("1h15m30s", "4530000000000"), ("1.5s", "1500000000"), ("300ms", "300000000"), ("-2m", "-120000000000"), ("+5ns", "5"), ("1us", "1000"),
            ("1µs", "1000"),
            (".5h", "1800000000000"), ("1.s", "1000000000"), ("0.000000001s", "1"), ("0.0000000019s", "1"), ("2562047h47m16.854775807s", "9223372036854775807"),
            ("", "invalid duration \"\""), ("s", "invalid duration \"s\""), (".s", "invalid duration \".s\""), ("5", "missing unit in duration \"5\""),
            ("5x", "unknown unit \"x\" in duration \"5x\""), ("1h 5m", "unknown unit \"h \" in duration \"1h 5m\""), ("--5s", "invalid duration \"--5s\""),
            ("9999999999h", "duration out of range \"9999999999h\""), ("99999999999999999999s", "duration out of range \"99999999999999999999s\""),
        ] as [(String, String)])
    func spans(_ text: String, _ expected: String) { #expect(result(text, parseDuration) == expected) }

    @Test(
        "CPUs in billionths",
        arguments: [
            ("0.5", "500000000"), ("1.25", "1250000000"), (".5", "500000000"), ("2", "2000000000"), ("2.", "2000000000"), ("0", "0"), ("0.000000001", "1"),
            ("1.50000000000000", "1500000000"), ("0.0000000001", "more than nine decimals"), ("", "not a number of CPUs such as 1.5"),
            (".", "not a number of CPUs such as 1.5"),
            ("-1", "not a number of CPUs such as 1.5"), ("1e3", "not a number of CPUs such as 1.5"), ("1.2.3", "not a number of CPUs such as 1.5"),
            ("x", "not a number of CPUs such as 1.5"), ("99999999999999999999", "out of range"), ("1000001", "out of range"),
        ] as [(String, String)])
    func cpus(_ text: String, _ expected: String) { #expect(result(text, parseCPUs) == expected) }

    @Test("Arbitrary texts never crash the parsers") func random() {
        var generator = SeededRandom(seed: 13)
        let pieces = ["0", "9", "1", ".", "-", "+", "e", "k", "ib", "h", "m", "s", "ns", "µ", " ", "x", "99999999999", "é", "\u{301}", "٣", "inf", "nan"]
        for _ in 0..<20_000 {
            let text = (0..<Int.random(in: 0...8, using: &generator)).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            for parse in [parseByteSize, parseByteSizeOrUnlimited, parseDuration, parseCPUs, parseInteger] { _ = result(text, parse) }
        }
        for _ in 0..<2_000 {
            let bits = UInt64.random(in: 0...UInt64.max, using: &generator)
            let number = Double(bitPattern: bits)
            #expect(!(humanSize(number) + bytesSize(number) + humanDuration(seconds: number)).isEmpty)
        }
    }
}
