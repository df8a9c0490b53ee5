extension Timestamp {
    /// Reads RFC 3339, for example `2026-11-24T19:10:00.5Z` or with an offset such as `+02:00`; nil for anything else.
    public init?(rfc3339 text: some StringProtocol) {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int? {
            guard range.upperBound <= bytes.count, bytes[range].allSatisfy({ (48...57).contains($0) }) else { return nil }
            return bytes[range].reduce(0) { $0 * 10 + Int($1 - 48) }
        }
        func has(_ character: UnicodeScalar, at index: Int) -> Bool { index < bytes.count && bytes[index] | 0x20 == UInt8(ascii: character) | 0x20 }
        guard let year = number(0..<4), has("-", at: 4), let month = number(5..<7), has("-", at: 7), let day = number(8..<10), has("T", at: 10),
            let hour = number(11..<13), has(":", at: 13), let minute = number(14..<16), has(":", at: 16), let second = number(17..<19),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        var rest = 19
        var nanoseconds = 0
        if has(".", at: rest) {
            let digits = bytes[(rest + 1)...].prefix { (48...57).contains($0) }
            guard !digits.isEmpty else { return nil }
            for place in 0..<9 { nanoseconds = nanoseconds * 10 + (place < digits.count ? Int(digits[rest + 1 + place] - 48) : 0) }
            rest += 1 + digits.count
        }
        var offset = 0
        if has("+", at: rest) || has("-", at: rest) {
            guard let hours = number(rest + 1..<rest + 3), has(":", at: rest + 3), let minutes = number(rest + 4..<rest + 6), rest + 6 == bytes.count else {
                return nil
            }
            offset = (hours * 60 + minutes) * (bytes[rest] == UInt8(ascii: "-") ? -60 : 60)
        } else if !has("Z", at: rest) || rest + 1 != bytes.count {
            return nil
        }
        let days = daysSinceEpoch(year: year, month: month, day: day)
        self.init(seconds: days * 86400 + hour * 3600 + minute * 60 + second - offset, nanoseconds: nanoseconds)
    }
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar, counted in years that begin in March so that the leap day comes last.
private func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int {
    let marchYear = month <= 2 ? year - 1 : year
    let marchMonth = (month + 9) % 12
    let dayOfYear = (153 * marchMonth + 2) / 5 + day - 1
    let leapDays = marchYear >= 0 ? marchYear / 4 - marchYear / 100 + marchYear / 400 : -1
    return marchYear * 365 + leapDays + dayOfYear - 719_468
}
