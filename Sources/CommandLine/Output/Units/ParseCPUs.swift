/// Reads a number of CPUs as billionths of one: `0.5`, `1.25`, `.5`, `2`; exact, so more than nine decimals are refused.
public func parseCPUs(_ text: String) throws(InvalidValue) -> Int {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let whole = parts.first ?? ""
    var fraction = parts.count > 1 ? parts[1] : ""
    guard !(whole.isEmpty && fraction.isEmpty), (whole + fraction).utf8.allSatisfy(isDigit) else {
        throw InvalidValue("not a number of CPUs such as 1.5")
    }
    while fraction.last == "0" { fraction = fraction.dropLast() }
    if fraction.utf8.count > 9 { throw InvalidValue("more than nine decimals") }
    let billionths = Int(fraction + String(repeating: "0", count: 9 - fraction.utf8.count)) ?? 0
    // A million CPUs are enough for anybody and keep the product in range.
    guard let count = whole.isEmpty ? 0 : Int(whole), count <= 1_000_000 else { throw InvalidValue("out of range") }
    return count * 1_000_000_000 + billionths
}
