/// Why a text is not a value of the wanted kind: the end of `invalid argument "x" for "--cpus" flag: …`.
public struct InvalidValue: Error, CustomStringConvertible, Sendable, Equatable {
    /// The reason, in lower case without a final stop.
    public let reason: String

    /// Makes the error from its reason.
    public init(_ reason: String) { self.reason = reason }

    /// The reason.
    public var description: String { reason }
}

/// Reads a switch's value with Go's spellings: 1, t, T, true, True, TRUE and their opposites.
public func parseBool(_ text: String) throws(InvalidValue) -> Bool {
    switch text {
    case "1", "t", "T", "true", "True", "TRUE": true
    case "0", "f", "F", "false", "False", "FALSE": false
    default: throw InvalidValue("neither true nor false")
    }
}

/// Reads a whole number as Go's flags do: decimal, or with the prefix 0x, 0o, 0 or 0b, and a sign.
public func parseInteger(_ text: String) throws(InvalidValue) -> Int {
    var digits = Substring(text)
    let isNegative = digits.first == "-"
    if isNegative || digits.first == "+" { digits = digits.dropFirst() }
    var radix = 10
    if digits.first == "0" && digits.utf8.count > 1 {
        let prefix = digits.prefix(2).lowercased()
        radix = prefix == "0x" ? 16 : prefix == "0b" ? 2 : 8
        digits = digits.dropFirst(radix == 8 && prefix != "0o" ? 1 : 2)
    }
    guard let first = digits.first, first != "-", first != "+", digits.allSatisfy({ ($0.hexDigitValue ?? 99) < radix && $0.isASCII }) else {
        throw InvalidValue("not a whole number")
    }
    guard let number = Int((isNegative ? "-" : "") + digits, radix: radix) else { throw InvalidValue("out of range") }
    return number
}
