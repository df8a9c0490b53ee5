/// One element of a set or map of nftables.
public struct SetElement: Sendable, Equatable {
    /// The key: each part of a concatenation is padded to four bytes.
    public var key: [UInt8]
    /// What the key maps to, padded in the same way; nil in a set.
    public var value: [UInt8]?
    /// A text that `nft list` shows with the element, 127 bytes at most.
    public var comment: String?
    /// Whether the key is the first one behind an interval (NFT_SET_ELEM_INTERVAL_END).
    public var endsInterval: Bool

    /// Describes an element.
    public init(_ key: [UInt8], maps value: [UInt8]? = nil, comment: String? = nil, endsInterval: Bool = false) {
        self.key = key
        self.value = value
        self.comment = comment
        self.endsInterval = endsInterval
    }

    /// The two elements of an interval: its first key, and the first one behind it where there is one.
    ///
    /// - Parameter prefix: bits of the key that the interval's keys share.
    public static func interval(_ key: [UInt8], prefix: Int) -> [SetElement] {
        var first = key
        var behind = key
        var carry = true
        for index in key.indices.reversed() {
            let bits = min(8, max(0, prefix - index * 8))
            let host = UInt8(truncatingIfNeeded: 0xff >> bits)
            first[index] &= ~host
            behind[index] |= host
            if carry { (behind[index], carry) = behind[index].addingReportingOverflow(1) }
        }
        // An interval up to the last key has no end.
        return carry ? [SetElement(first)] : [SetElement(first), SetElement(behind, endsInterval: true)]
    }

    /// One part of a concatenation, or a name of a device, padded with zeros.
    public static func part(_ bytes: [UInt8], to size: Int = 0) -> [UInt8] {
        let length = max(size, (bytes.count + 3) & ~3)
        return bytes + [UInt8](repeating: 0, count: max(0, length - bytes.count))
    }

    /// NFTA_LIST_ELEM.
    func encode(into list: inout AttributeList) {
        list.nest(1) { element in
            element.nest(1) { $0.add(1, key) }  // NFTA_SET_ELEM_KEY, NFTA_DATA_VALUE
            if let value { element.nest(2) { $0.add(1, value) } }  // NFTA_SET_ELEM_DATA
            if endsInterval { element.add(3, bigEndian: UInt32(1)) }  // NFTA_SET_ELEM_FLAGS
            if let comment {
                // NFTA_SET_ELEM_USERDATA as nft writes it: a kind, a length, the text with its final 0.
                let text = Array(comment.utf8.prefix(127)) + [0]
                element.add(6, [0, UInt8(text.count)] + text)
            }
        }
    }

    /// From the attributes of NFTA_LIST_ELEM; nil where there is no key.
    init?(decoding encoded: ArraySlice<UInt8>) {
        let attributes = AttributeList.read(encoded)
        guard let key = attributes[1].flatMap({ AttributeList.read($0[...])[1] }) else { return nil }
        self.key = key
        value = attributes[2].flatMap { AttributeList.read($0[...])[1] }
        endsInterval = attributes[3].map { UInt32(bigEndian: readNumber($0[...], 0, as: UInt32.self)) & 1 == 1 } ?? false
        comment = attributes[6].flatMap { data in
            guard data.count >= 2, data[0] == 0, data.count >= 2 + Int(data[1]) else { return nil }
            return String(decoding: data[2..<2 + Int(data[1])].prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
