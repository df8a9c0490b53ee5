import CommandLine
import Glibc
import LinuxSystem

/// A moment as Docker's `--since` and `--until` take it.
enum Moment {
    /// Reads a date of RFC 3339, one without zone or time (then of the host's zone), seconds since 1970, or a time span before now.
    @Sendable static func parse(_ text: String) throws(InvalidValue) -> Timestamp {
        if let moment = Timestamp(rfc3339: text) ?? seconds(text) ?? local(text) { return moment }
        guard let span = try? parseDuration(text) else { throw InvalidValue("neither a date such as 2026-11-24T19:10:00Z nor a time span such as 10m") }
        let now = Timestamp.now()
        let nanoseconds = now.nanoseconds - span % 1_000_000_000
        let carry = nanoseconds < 0 ? -1 : nanoseconds / 1_000_000_000
        return Timestamp(seconds: now.seconds - span / 1_000_000_000 + carry, nanoseconds: nanoseconds - carry * 1_000_000_000)
    }

    /// `1136073600.000000001`.
    private static func seconds(_ text: String) -> Timestamp? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }),
            // Year 9999 is the last that RFC 3339 can write.
            let whole = Int(parts[0]), whole < 253_402_300_800
        else { return nil }
        let digits = parts.count == 2 ? parts[1].prefix(9) : ""
        return Timestamp(seconds: whole, nanoseconds: Int(digits + String(repeating: "0", count: 9 - digits.utf8.count)) ?? 0)
    }

    /// `2026-11-24`, `2026-11-24T19:10`, `2026-11-24T19:10:00.5`.
    private static func local(_ text: String) -> Timestamp? {
        // Read as UTC first, which checks every digit.
        let missing = [10: "T00:00:00Z", 13: ":00:00Z", 16: ":00Z"][text.utf8.count] ?? "Z"
        guard let moment = Timestamp(rfc3339: text + missing) else { return nil }
        var seconds = time_t(moment.seconds)
        var civil = unsafe tm()
        guard unsafe gmtime_r(&seconds, &civil) != nil else { return nil }
        unsafe civil.tm_isdst = -1
        return unsafe Timestamp(seconds: mktime(&civil), nanoseconds: moment.nanoseconds)
    }
}
