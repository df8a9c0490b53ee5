import LinuxSystem

/// A value of the control protocol.
///
/// One function names its fields in order, for both directions: what writes them is what reads them.
protocol WireValue {
    /// A value to read into.
    init()
    mutating func fields(_ coder: inout WireCoder) throws(ApusError)
}

/// Writes or reads the fields of messages.
///
/// Numbers are in little-endian order without padding; texts and lists begin with their count in 32 bits. What is read may come from anybody: a
/// count is checked against the bytes that are there before anything is allocated for it.
struct WireCoder {
    private(set) var bytes: [UInt8]
    private var position = 0
    private let isReading: Bool

    /// A coder that writes.
    init() {
        bytes = []
        isReading = false
        bytes.reserveCapacity(256)
    }

    /// A coder that reads.
    init(reading bytes: [UInt8]) {
        self.bytes = bytes
        isReading = true
    }

    /// What was read must be all that is there.
    func finish() throws(ApusError) {
        if isReading && position != bytes.count { throw WireCoder.malformed("\(bytes.count - position) bytes too many") }
    }

    mutating func field<Number: FixedWidthInteger>(_ number: inout Number) throws(ApusError) {
        let size = MemoryLayout<Number>.size
        if isReading {
            try need(size)
            let place = position
            number = Number(littleEndian: unsafe bytes.withUnsafeBytes { raw in unsafe raw.loadUnaligned(fromByteOffset: place, as: Number.self) })
            position += size
        } else {
            unsafe withUnsafeBytes(of: number.littleEndian) { raw in unsafe bytes.append(contentsOf: raw) }
        }
    }

    mutating func field(_ flag: inout Bool) throws(ApusError) {
        var number: UInt8 = flag ? 1 : 0
        try field(&number)
        guard number < 2 else { throw WireCoder.malformed("\(number) is no truth value") }
        flag = number == 1
    }

    mutating func field<Word: RawRepresentable>(_ word: inout Word) throws(ApusError) where Word.RawValue: FixedWidthInteger {
        var raw = word.rawValue
        try field(&raw)
        guard let known = Word(rawValue: raw) else { throw WireCoder.malformed("\(raw) is no \(Word.self)") }
        word = known
    }

    mutating func field(_ octets: inout [UInt8]) throws(ApusError) {
        let count = try count(of: octets.count, each: 1)
        if isReading {
            octets = Array(bytes[position..<position + count])
            position += count
        } else {
            bytes += octets
        }
    }

    mutating func field(_ text: inout String) throws(ApusError) {
        if isReading {
            var octets: [UInt8] = []
            try field(&octets)
            text = String(decoding: octets, as: UTF8.self)
        } else {
            _ = try count(of: text.utf8.count, each: 1)
            bytes += text.utf8
        }
    }

    mutating func field(_ numbers: inout [UInt16]) throws(ApusError) {
        try list(&numbers, each: 2, empty: 0) { coder, number throws(ApusError) in try coder.field(&number) }
    }

    mutating func field(_ numbers: inout [UInt32]) throws(ApusError) {
        try list(&numbers, each: 4, empty: 0) { coder, number throws(ApusError) in try coder.field(&number) }
    }

    mutating func field(_ texts: inout [String]) throws(ApusError) {
        try list(&texts, each: 4, empty: "") { coder, text throws(ApusError) in try coder.field(&text) }
    }

    mutating func field(_ lists: inout [[UInt8]]) throws(ApusError) {
        try list(&lists, each: 4, empty: []) { coder, octets throws(ApusError) in try coder.field(&octets) }
    }

    mutating func field<Element: WireValue>(_ value: inout Element) throws(ApusError) { try value.fields(&self) }

    mutating func field<Element: WireValue>(_ values: inout [Element]) throws(ApusError) {
        try list(&values, each: 1, empty: Element()) { coder, value throws(ApusError) in try value.fields(&coder) }
    }

    private mutating func list<Element>(
        _ elements: inout [Element], each least: Int, empty: Element, _ body: (inout WireCoder, inout Element) throws(ApusError) -> Void
    ) throws(ApusError) {
        let count = try count(of: elements.count, each: least)
        if isReading {
            elements = []
            for _ in 0..<count {
                var element = empty
                try body(&self, &element)
                elements.append(element)
            }
        } else {
            for index in elements.indices { try body(&self, &elements[index]) }
        }
    }

    /// Writes or reads a count of elements that take at least so many bytes each.
    private mutating func count(of present: Int, each least: Int) throws(ApusError) -> Int {
        var number = UInt32(clamping: present)
        try field(&number)
        let count = Int(number)
        if isReading && count > (bytes.count - position) / least { throw WireCoder.malformed("a count of \(count) is more than the message holds") }
        return count
    }

    private func need(_ size: Int) throws(ApusError) {
        if bytes.count - position < size { throw WireCoder.malformed("it ends early") }
    }

    static func malformed(_ what: String) -> ApusError { ApusError(.malformed, "cannot read a message of the switch's control socket: \(what)") }
}
