/// Reads a size in bytes as Docker's flags do, in binary units: `1024`, `512m`, `1.5g`, `64 KiB`, `1MB`; b, k, m, g, t, p in either case.
public func parseByteSize(_ text: String) throws(InvalidValue) -> Int {
    guard let last = text.utf8.lastIndex(where: { isDigit($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: " ") }) else {
        throw InvalidValue("invalid size: '\(text)'")
    }
    let number = text.utf8[last] == UInt8(ascii: " ") ? text[..<last] : text[...last]
    let suffix = text[text.utf8.index(after: last)...].lowercased()
    let factor = try multiplier(suffix)
    if let whole = Int(number), isDigit(number.utf8.first ?? 0) {
        let (bytes, overflow) = whole.multipliedReportingOverflow(by: factor)
        if overflow { throw InvalidValue("size out of range: '\(text)'") }
        return bytes
    }
    // Double reads more than decimal numbers: "nan", "0x1p3".
    let isDecimal = number.utf8.allSatisfy { isDigit($0) || ".eE+-".utf8.contains($0) }
    guard isDecimal, let size = Double(number), size >= 0 else { throw InvalidValue("invalid size: '\(text)'") }
    guard let bytes = Int(exactly: (size * Double(factor)).rounded(.down)) else { throw InvalidValue("size out of range: '\(text)'") }
    return bytes
}

/// Reads a size in bytes, or -1 for no limit, as `--memory-swap` wants it.
public func parseByteSizeOrUnlimited(_ text: String) throws(InvalidValue) -> Int { text == "-1" ? -1 : try parseByteSize(text) }

private func multiplier(_ suffix: String) throws(InvalidValue) -> Int {
    let powers: [Character: Int] = ["b": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5]
    guard let letter = suffix.first else { return 1 }
    // Behind its letter a unit may have "b" or "ib"; bytes have neither.
    guard let power = powers[letter], ["", "b", "ib"].contains(suffix.dropFirst()), power > 0 || suffix == "b" else {
        throw InvalidValue("invalid suffix: '\(suffix)'")
    }
    return 1 << (10 * power)
}
