import CommandLine
import Engine
import ImageStore
import LinuxSystem
import Testing

@testable import Commands

@Suite("Moments of --since and --until") struct MomentTests {
    @Test("Dates, seconds and spans") func forms() throws {
        #expect(try Moment.parse("2026-11-24T19:10:00.5Z") == Timestamp(seconds: 1_795_547_400, nanoseconds: 500_000_000))
        #expect(try Moment.parse("2026-11-24T20:10:00+01:00") == Timestamp(seconds: 1_795_547_400))
        #expect(try Moment.parse("1795547400") == Timestamp(seconds: 1_795_547_400))
        #expect(try Moment.parse("1795547400.000000001") == Timestamp(seconds: 1_795_547_400, nanoseconds: 1))
        #expect(try Moment.parse("0.25") == Timestamp(seconds: 0, nanoseconds: 250_000_000))
        for (text, seconds) in [("10m", 600), ("1h30m", 5400), ("0s", 0), ("-1m", -60)] {
            let before = Timestamp.now()
            let difference = before.interval(to: try Moment.parse(text)) + Double(seconds)
            #expect(difference >= -0.001 && difference < 5, "\(text)")
        }
    }

    @Test("Dates without a zone are the host's") func local() throws {
        let midnight = try Moment.parse("2026-11-24")
        #expect(try Moment.parse("2026-11-24T00:00") == midnight && Moment.parse("2026-11-24T00:00:00") == midnight)
        #expect(try Moment.parse("2026-11-24T00:00:00.25") == Timestamp(seconds: midnight.seconds, nanoseconds: 250_000_000))
        #expect(midnight.local.hasPrefix("2026-11-24 00:00:00 "))
    }

    @Test("Nonsense gets a sentence", arguments: ["", "x", "10", "2026-13-01", "2026-11-24T", "10q", "1.2.3", "99999999999999999999", "-5", "1.", "9e9h"])
    func nonsense(text: String) throws {
        if text == "10" { return #expect(try Moment.parse(text) == Timestamp(seconds: 10)) }
        #expect(throws: InvalidValue("neither a date such as 2026-11-24T19:10:00Z nor a time span such as 10m")) { try Moment.parse(text) }
    }
}
