/// Bytes of which some stand as `%` and two hexadecimal digits; nil where such digits are missing or mean NUL.
func percentDecoded(_ text: some Collection<UInt8>) -> [UInt8]? {
    var result = [UInt8]()
    var rest = text[...]
    while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "%") else {
            result.append(byte)
            continue
        }
        guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16), value != 0 else { return nil }
        result.append(value)
        rest = rest.dropFirst(2)
    }
    return result
}

/// The bytes behind base 64 (RFC 4648, 4), with or without padding; nil where a character is none of it.
func base64Decoded(_ text: some Collection<UInt8>) -> [UInt8]? {
    var result = [UInt8]()
    var (bits, count) = (UInt32(0), 0)
    var isPadded = false
    for byte in text {
        let value: UInt8
        switch byte {
        case UInt8(ascii: "="):
            isPadded = true
            continue
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = byte - 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): value = byte - 71
        case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte + 4
        case UInt8(ascii: "+"): value = 62
        case UInt8(ascii: "/"): value = 63
        default: return nil
        }
        if isPadded { return nil }
        bits = bits << 6 | UInt32(value)
        count += 6
        if count >= 8 {
            count -= 8
            result.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
        }
    }
    // Six bits alone are no byte.
    return count == 6 ? nil : result
}
