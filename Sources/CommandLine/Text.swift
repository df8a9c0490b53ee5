extension String {
    /// The text with every `old` replaced, from the left; byte for byte, without the regular expression library that the standard method would link.
    func replacing(_ old: String, _ new: String) -> String {
        let old = Array(old.utf8)
        let bytes = Array(utf8)
        guard !old.isEmpty, bytes.count >= old.count else { return self }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            if bytes[index...].starts(with: old) {
                result += new.utf8
                index += old.count
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

/// The text with blanks up to `width` characters.
func padded(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(0, width - text.count)) }
