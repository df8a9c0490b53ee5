extension String {
    /// The pieces between occurrences of a separator that is not empty, found from the left.
    ///
    /// Byte for byte, without the regular expression library that the standard methods would link.
    func pieces(between separator: String) -> [String] {
        let mark = Array(separator.utf8)
        let bytes = Array(utf8)
        var pieces: [String] = []
        var start = 0
        var index = 0
        while !mark.isEmpty, index + mark.count <= bytes.count {
            if bytes[index] == mark[0], bytes[index..<(index + mark.count)].elementsEqual(mark) {
                pieces.append(String(decoding: bytes[start..<index], as: UTF8.self))
                index += mark.count
                start = index
            } else {
                index += 1
            }
        }
        return pieces + [String(decoding: bytes[start...], as: UTF8.self)]
    }

    /// The text with every `old` replaced.
    func replacing(_ old: String, _ new: String) -> String { pieces(between: old).joined(separator: new) }
}

/// The text with blanks up to `width` characters.
func padded(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(0, width - text.count)) }

/// Whether a byte is a decimal digit.
func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
