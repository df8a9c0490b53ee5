internal import LinuxSystem

extension Field {
    /// The names of `nw_frag`'s values; bit 0 says that it is a part, bit 1 that it is not the first.
    static let fragments: [(name: String, value: UInt128, mask: UInt128)] = [
        ("no", 0, 3), ("yes", 1, 1), ("first", 1, 3), ("later", 3, 3), ("not_later", 0, 2),
    ]

    /// From bit 0 up, as in ovs-fields(7).
    private static let flagNames = ["fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr", "ns", "[200]", "[400]", "[800]"]

    /// "+syn-ack": SYN set, ACK not, the others do not count.
    static func parseFlags(_ text: Substring) throws(ApusError) -> (value: UInt128, mask: UInt128) {
        var rest = text
        var (value, mask): (UInt128, UInt128) = (0, 0)
        while let sign = rest.popFirst() {
            let word = rest.prefix { $0 != "+" && $0 != "-" }
            guard sign == "+" || sign == "-", let bit = flagNames.firstIndex(of: String(word)) else {
                throw ApusError(.invalidArgument, "\"\(word)\" is no flag of TCP", hint: "flags are " + flagNames.prefix(9).joined(separator: ", "))
            }
            guard mask & 1 << UInt128(bit) == 0 else { throw ApusError(.invalidArgument, "TCP's flag \(word) is given twice in \"\(text)\"") }
            mask |= 1 << UInt128(bit)
            if sign == "+" { value |= 1 << UInt128(bit) }
            rest = rest.dropFirst(word.count)
        }
        return (value, mask)
    }

    static func printFlags(_ value: UInt128, _ mask: UInt128) -> String {
        flagNames.indices.filter { mask >> UInt128($0) & 1 != 0 }.map { (value >> UInt128($0) & 1 != 0 ? "+" : "-") + flagNames[$0] }.joined()
    }
}
