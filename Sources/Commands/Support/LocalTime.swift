import Glibc
import LinuxSystem

extension Timestamp {
    /// The moment in the host's time zone as Docker's templates show it: `2026-11-24 19:10:00 +0000 UTC`.
    var local: String {
        var time = time_t(seconds)
        var civil = unsafe tm()
        guard unsafe localtime_r(&time, &civil) != nil else { return description }
        var text = [CChar](repeating: 0, count: 64)
        let length = unsafe strftime(&text, text.count, "%Y-%m-%d %H:%M:%S %z %Z", &civil)
        return String(decoding: text.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Seconds from this moment to `later`.
    func interval(to later: Timestamp) -> Double { Double(later.seconds - seconds) + Double(later.nanoseconds - nanoseconds) / 1e9 }
}
