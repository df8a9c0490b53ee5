import LinuxSystem

/// The records of a pax extended header (POSIX pax, "pax Extended Header"): `LENGTH KEY=VALUE` and a line feed, where LENGTH
/// counts the whole record and VALUE is any bytes.
struct PaxRecords: Sendable {
    /// The values that are read, by key; an empty one takes back a value of a global header.
    private(set) var values: [String: [UInt8]] = [:]
    /// Attributes in the order of the header.
    private(set) var attributes: [ExtendedAttribute] = []
    /// Offsets and lengths of GNU's sparse format 0.0, whose keys repeat.
    private(set) var sparseNumbers: [Int] = []

    private static let attributePrefix = Array("SCHILY.xattr.".utf8)
    /// libarchive's own form, which it writes beside the other: the name percent-encoded, the value in base 64.
    private static let encodedPrefix = Array("LIBARCHIVE.xattr.".utf8)

    /// The most attributes, and bytes of them, of one member: far more than any file system takes.
    private static let attributeLimit = 1000
    private static let attributeByteLimit = 1 << 20
    private var attributeBytes = 0
    /// Names as they were encoded, and what they mean.
    private var encodedNames: [(encoded: [UInt8], name: [UInt8])] = []

    init() {}

    /// Reads the body of a header of kind `x` or `g`.
    init(parsing body: [UInt8]) throws(ApusError) {
        var rest = body[...]
        while !rest.isEmpty {
            guard let blank = rest.firstIndex(of: UInt8(ascii: " ")), let length = decimal(rest[rest.startIndex..<blank]),
                length > blank - rest.startIndex + 1, length <= rest.count, rest[rest.startIndex + length - 1] == UInt8(ascii: "\n")
            else { throw ApusError(.malformed, "its pax header is damaged") }
            let record = rest[(blank + 1)..<(rest.startIndex + length - 1)]
            guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else { throw ApusError(.malformed, "its pax header is damaged") }
            try add(record[..<equals], Array(record[(equals + 1)...]))
            rest = rest.dropFirst(length)
        }
        dropEncodedTwins()
    }

    private mutating func add(_ key: ArraySlice<UInt8>, _ value: [UInt8]) throws(ApusError) {
        if key.starts(with: Self.attributePrefix) {
            return try add(ExtendedAttribute(name: Array(key.dropFirst(Self.attributePrefix.count)), value: value))
        }
        if key.starts(with: Self.encodedPrefix) {
            guard let name = percentDecoded(key.dropFirst(Self.encodedPrefix.count)), let value = base64Decoded(value) else {
                throw ApusError(.malformed, "its pax \(shown(key)) is damaged")
            }
            encodedNames.append((Array(key.dropFirst(Self.encodedPrefix.count)), name))
            return try add(ExtendedAttribute(name: name, value: value))
        }
        let name = String(decoding: key, as: UTF8.self)
        switch name {
        case "GNU.sparse.offset", "GNU.sparse.numbytes":
            guard let number = decimal(value) else { throw ApusError(.malformed, "its pax header has a damaged \(name)") }
            sparseNumbers.append(number)
        case "path", "linkpath":
            if value.contains(0) { throw ApusError(.malformed, "its pax \(name) holds a NUL") }
            values[name] = value
        default:
            if Self.known.contains(name) { values[name] = value }
        }
    }

    /// libarchive encodes the names of the other form too, which nobody else does: these are no attributes of their own.
    private mutating func dropEncodedTwins() {
        for (encoded, name) in encodedNames where encoded != name {
            guard let value = attributes.first(where: { $0.name == name })?.value else { continue }
            attributes.removeAll { $0.name == encoded && $0.value == value }
        }
        encodedNames = []
    }

    /// Adds an attribute; of one name the later counts.
    private mutating func add(_ attribute: ExtendedAttribute) throws(ApusError) {
        if attribute.name.contains(0) { throw ApusError(.malformed, "its attribute \(shown(attribute.name)) holds a NUL in its name") }
        if let index = attributes.firstIndex(where: { $0.name == attribute.name }) {
            attributeBytes -= attributes[index].size
            attributes[index] = attribute
        } else {
            attributes.append(attribute)
        }
        attributeBytes += attribute.size
        // Global headers add up.
        guard attributes.count <= Self.attributeLimit, attributeBytes <= Self.attributeByteLimit else {
            throw ApusError(.malformed, "it has more than \(Self.attributeLimit) attributes or \(Self.attributeByteLimit) bytes of them")
        }
    }

    /// The keys that change what is unpacked; others, like atime and uname, are comments to us.
    private static let known: Set<String> = [
        "size", "mtime", "uid", "gid", "GNU.sparse.name", "GNU.sparse.size", "GNU.sparse.realsize", "GNU.sparse.map",
        "GNU.sparse.major", "GNU.sparse.minor",
    ]

    /// These records over those of a global header.
    func over(_ global: PaxRecords) throws(ApusError) -> PaxRecords {
        var result = self
        result.values = global.values.merging(values) { $1 }
        if global.attributes.isEmpty { return result }
        (result.attributes, result.attributeBytes) = (global.attributes, global.attributeBytes)
        for attribute in attributes { try result.add(attribute) }
        return result
    }

    /// The value of `key`, nil where there is none or an empty one.
    func text(_ key: String) -> [UInt8]? { values[key].flatMap { $0.isEmpty ? nil : $0 } }

    /// The value of `key` as a number.
    func number(_ key: String) throws(ApusError) -> Int? {
        guard let value = text(key) else { return nil }
        guard let number = decimal(value) else { throw ApusError(.malformed, "its pax \(key) \"\(shown(value))\" is no number") }
        return number
    }

    /// The value of `key` as a moment: seconds with a fraction, also before 1970.
    func time(_ key: String) throws(ApusError) -> Timestamp? {
        guard let value = text(key) else { return nil }
        let negative = value.first == UInt8(ascii: "-")
        let parts = value.dropFirst(negative ? 1 : 0).split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = parts.count == 2 ? Array(parts[1].prefix(9)) : []
        guard let seconds = decimal(parts[0]), seconds < 1 << 55,
            let nanoseconds = decimal(fraction + Array(repeating: UInt8(ascii: "0"), count: 9 - fraction.count))
        else { throw ApusError(.malformed, "its pax \(key) \"\(shown(value))\" is no time") }
        if !negative { return Timestamp(seconds: seconds, nanoseconds: nanoseconds) }
        return nanoseconds == 0 ? Timestamp(seconds: -seconds) : Timestamp(seconds: -seconds - 1, nanoseconds: 1_000_000_000 - nanoseconds)
    }
}

/// A number of decimal digits only; nil where it does not fit.
func decimal(_ digits: some Collection<UInt8>) -> Int? {
    guard !digits.isEmpty else { return nil }
    var value = 0
    for digit in digits {
        guard (48...57).contains(digit) else { return nil }
        let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
        let (sum, overflow) = product.addingReportingOverflow(Int(digit - 48))
        if tooLarge || overflow { return nil }
        value = sum
    }
    return value
}
