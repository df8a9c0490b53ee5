import Glibc

/// The shortest text that reads back as `number`, as Go writes it: with an exponent when that lies outside `exponents`.
func shortestFloat(_ number: Double, exponents: Range<Int>, minimumExponentDigits: Int = 2) -> String {
    if number.isNaN { return "NaN" }
    if number.isInfinite { return number < 0 ? "-Inf" : "+Inf" }
    let sign = number.sign == .minus ? "-" : ""
    if number == 0 { return sign + "0" }
    let (digits, point) = decimalDigits(number.magnitude)
    let exponent = point - 1
    guard exponents.contains(exponent) else {
        let fraction = digits.dropFirst()
        let power = String(abs(exponent))
        let padding = String(repeating: "0", count: max(0, minimumExponentDigits - power.utf8.count))
        return "\(sign)\(digits.prefix(1))\(fraction.isEmpty ? "" : ".")\(fraction)e\(exponent < 0 ? "-" : "+")\(padding)\(power)"
    }
    if point <= 0 { return "\(sign)0.\(String(repeating: "0", count: -point))\(digits)" }
    if point >= digits.utf8.count { return sign + digits + String(repeating: "0", count: point - digits.utf8.count) }
    return "\(sign)\(digits.prefix(point)).\(digits.dropFirst(point))"
}

/// The shortest digits of a positive number without zeros around them, and how many of them stand before the point.
private func decimalDigits(_ number: Double) -> (digits: String, point: Int) {
    // Swift's description has the shortest digits, but another layout.
    let parts = number.description.split(separator: "e")
    let mantissa = parts[0].split(separator: ".")
    let whole = String(mantissa[0])
    let fraction = mantissa.count > 1 ? String(mantissa[1]) : ""
    var digits = Substring(whole + fraction)
    var point = whole.utf8.count + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
    while digits.first == "0" {
        digits = digits.dropFirst()
        point -= 1
    }
    while digits.last == "0" { digits = digits.dropLast() }
    return (String(digits), point)
}

/// The number by C's printf, whose `f`, `e` and `g` with a precision are Go's.
func preciseFloat(_ number: Double, verb: Character, precision: Int) -> String {
    guard number.isFinite else { return shortestFloat(number, exponents: -4..<21) }
    // The longest finite number has 309 digits before the point.
    var buffer = [CChar](repeating: 0, count: 320 + precision)
    let count = unsafe withVaList([Int32(clamping: precision), number]) { arguments in
        unsafe vsnprintf(&buffer, buffer.count, "%.*\(verb)", arguments)
    }
    return String(decoding: buffer.prefix(max(0, Int(count))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
