/// Reads a time span as Go does, in nanoseconds: `1h15m30s`, `1.5s`, `300ms`, `-2m`, `0`.
public func parseDuration(_ text: String) throws(InvalidValue) -> Int {
    let units = ["ns": 1, "us": 1_000, "µs": 1_000, "μs": 1_000, "ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000, "h": 3_600_000_000_000]
    var rest = Substring(text)
    let isNegative = rest.first == "-"
    if isNegative || rest.first == "+" { rest = rest.dropFirst() }
    if rest == "0" { return 0 }
    guard !rest.isEmpty else { throw InvalidValue("invalid duration \"\(text)\"") }
    var total = 0
    while !rest.isEmpty {
        let whole = takeDigits(&rest)
        var fraction = Substring()
        if rest.first == "." {
            rest = rest.dropFirst()
            fraction = takeDigits(&rest)
        }
        if whole.isEmpty && fraction.isEmpty { throw InvalidValue("invalid duration \"\(text)\"") }
        let name = rest.prefix { $0 != "." && !($0.isASCII && $0.isNumber) }
        rest = rest.dropFirst(name.count)
        if name.isEmpty { throw InvalidValue("missing unit in duration \"\(text)\"") }
        guard let unit = units[String(name)] else { throw InvalidValue("unknown unit \"\(name)\" in duration \"\(text)\"") }
        // Nothing finer than a nanosecond counts, and an hour has fewer than 10^13 of them.
        let part = Int(Double("0.\(fraction.isEmpty ? "0" : fraction.prefix(18))").map { ($0 * Double(unit)).rounded(.down) } ?? 0)
        guard let count = whole.isEmpty ? 0 : Int(whole), let sum = add(total, count, times: unit, and: part) else {
            throw InvalidValue("duration out of range \"\(text)\"")
        }
        total = sum
    }
    return isNegative ? -total : total
}

private func takeDigits(_ text: inout Substring) -> Substring {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    text = text.dropFirst(digits.count)
    return digits
}

private func add(_ total: Int, _ count: Int, times unit: Int, and part: Int) -> Int? {
    let product = count.multipliedReportingOverflow(by: unit)
    let sum = total.addingReportingOverflow(product.partialValue)
    let result = sum.partialValue.addingReportingOverflow(part)
    return product.overflow || sum.overflow || result.overflow ? nil : result.partialValue
}
