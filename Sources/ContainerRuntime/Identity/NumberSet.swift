public import LinuxSystem

/// A set of processors or memory nodes: a list in config.json (`0-3,7`), a mask for the kernel.
public struct NumberSet: Equatable, Sendable {
    /// The list as it was given.
    public let list: String
    /// Bit n of byte n / 8 for every n in the set, in whole words of eight bytes (the kernel's words on a little-endian machine).
    public let mask: [UInt8]

    /// The mask as one number, `0x5` for 0 and 2.
    public var hexadecimal: String {
        let digits = mask.reversed().flatMap { [$0 >> 4, $0 & 15] }.map { String($0, radix: 16) }.joined().drop { $0 == "0" }
        return "0x" + (digits.isEmpty ? "0" : digits)
    }

    /// More processors than this no kernel has (CONFIG_NR_CPUS).
    static let limit = 8192

    /// Reads a list of numbers and ranges; a range may have a step, `0-31:2/4` for the first two of every four.
    ///
    /// - Parameter field: the field of config.json, for errors.
    public init(_ list: String, field: String) throws(ApusError) {
        var mask: [UInt8] = []
        for part in list.split(separator: ",", omittingEmptySubsequences: false) {
            let range = part.split(separator: ":", maxSplits: 1).map(String.init)
            let ends = (range.first ?? "").split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            let step = range.count == 2 ? range[1].split(separator: "/", omittingEmptySubsequences: false).map { Int($0) } : [1, 1]
            guard let low = ends.first ?? nil, let high = ends.last ?? nil, ends.count <= 2, 0 <= low, low <= high,
                step.count == 2, let used = step[0], let group = step[1], 0 < used, used <= group
            else { throw ApusError(.invalidArgument, "\(field) must be a list like 0-3,7, got \"\(list)\"") }
            guard high < NumberSet.limit else {
                throw ApusError(.invalidArgument, "\(field): \(high) is above \(NumberSet.limit - 1), the last that a kernel can have")
            }
            while mask.count <= high / 8 { mask += [0, 0, 0, 0, 0, 0, 0, 0] }
            for number in low...high where (number - low) % group < used { mask[number / 8] |= 1 << UInt8(number % 8) }
        }
        self.list = list
        self.mask = mask
    }
}
