import LinuxSystem
import Testing

@Suite("moments as text") struct TimestampParsingTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0, 0), ("2024-02-29T23:59:59.5Z", 1_709_251_199, 500_000_000), ("2026-11-24T19:10:00.123456789Z", 1_795_547_400, 123_456_789),
        ("1969-12-31T23:59:59Z", -1, 0), ("2024-01-01T02:30:00+02:30", 1_704_067_200, 0), ("2023-12-31T19:00:00.1234567891-05:00", 1_704_067_200, 123_456_789),
        ("0001-01-01T00:00:00Z", -62_135_596_800, 0),
    ])
    func reads(text: String, seconds: Int, nanoseconds: Int) {
        let moment = Timestamp(rfc3339: text)
        #expect(moment == Timestamp(seconds: seconds, nanoseconds: nanoseconds))
        if let moment { #expect(Timestamp(rfc3339: moment.description) == moment) }
    }

    @Test(arguments: [
        "", "2024", "2024-13-01T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T00:00:00", "2024-01-01T00:00:00.Z", "2024-01-01T00:00:00Zx",
        "2024-01-01 00:00:00Z", "2024-01-01T00:00:00+02", "x024-01-01T00:00:00Z",
    ])
    func refuses(text: String) { #expect(Timestamp(rfc3339: text) == nil) }
}
