import LinuxSystem

/// Sparse files in GNU's four forms (GNU tar manual, "Sparse Formats"): the old one with letter S, and pax 0.0, 0.1 and 1.0.
extension TarReader {
    /// The most runs of one file; each costs 16 bytes of memory.
    private static let runLimit = 1 << 18

    /// Fills in the runs, the real size and the real name of a sparse file; leaves any other file alone.
    func applySparse(_ header: TarHeader, _ pax: PaxRecords, to entry: inout TarEntry) throws(ApusError) {
        let numbers: [Int]
        if header.typeFlag == UInt8(ascii: "S") {
            entry.size = try TarHeader.length(try TarHeader.number(header.bytes[483..<495], "real size"))
            numbers = try oldMap(header)
        } else if try pax.number("GNU.sparse.major") == 1 {
            guard try pax.number("GNU.sparse.minor") == 0 else { throw ApusError(.notSupported, "its sparse format is not known") }
            numbers = try leadingMap()
        } else if let map = pax.text("GNU.sparse.map") {
            numbers = try map.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
                .map { digits throws(ApusError) in try Self.mapNumber(digits) }
        } else if !pax.sparseNumbers.isEmpty {
            numbers = pax.sparseNumbers
        } else {
            return
        }
        for key in ["GNU.sparse.size", "GNU.sparse.realsize"] {
            if let size = try pax.number(key) { entry.size = try TarHeader.length(size) }
        }
        if let name = pax.text("GNU.sparse.name") { entry.path = name }
        entry.dataRuns = try runs(numbers, fileSize: entry.size)
    }

    /// Pairs of offset and length, which must rise, fit the file and add up to the body.
    private func runs(_ numbers: [Int], fileSize: Int) throws(ApusError) -> [SparseRun] {
        guard numbers.count % 2 == 0, numbers.count / 2 <= Self.runLimit else { throw ApusError(.malformed, "its sparse map is damaged") }
        var runs = [SparseRun]()
        var (end, total) = (0, 0)
        for index in stride(from: 0, to: numbers.count, by: 2) {
            let run = SparseRun(offset: numbers[index], length: numbers[index + 1])
            guard run.offset >= end, run.length >= 0, run.offset <= fileSize, run.length <= fileSize - run.offset else {
                throw ApusError(.malformed, "its sparse map is damaged")
            }
            end = run.offset + run.length
            total += run.length
            if run.length > 0 { runs.append(run) }
        }
        guard total == bodyLeft else { throw ApusError(.malformed, "its sparse map does not fit its data") }
        return runs
    }

    /// The old form: four pairs in the header, 21 in each block behind it.
    private func oldMap(_ header: TarHeader) throws(ApusError) -> [Int] {
        var numbers = try Self.oldPairs(header.bytes, from: 386, count: 4)
        var more = header.bytes[482] != 0
        while more {
            let block = try reader.bytes(TarHeader.size)
            guard block.count == TarHeader.size, numbers.count <= 2 * Self.runLimit else { throw ApusError(.malformed, "its sparse map is damaged") }
            numbers += try Self.oldPairs(block, from: 0, count: 21)
            more = block[504] != 0
        }
        return numbers
    }

    private static func oldPairs(_ block: [UInt8], from start: Int, count: Int) throws(ApusError) -> [Int] {
        var numbers = [Int]()
        for index in 0..<count {
            let at = start + 24 * index
            if block[at] == 0 { break }
            numbers.append(try TarHeader.number(block[at..<(at + 12)], "sparse offset"))
            numbers.append(try TarHeader.number(block[(at + 12)..<(at + 24)], "sparse length"))
        }
        return numbers
    }

    /// The form 1.0: the map stands before the data, one decimal number a line, filled up to a block.
    private func leadingMap() throws(ApusError) -> [Int] {
        var numbers = [Int]()
        var wanted = 1
        var digits = [UInt8]()
        while numbers.count < wanted {
            for byte in try bodyBytes(TarHeader.size) where numbers.count < wanted {
                if byte != UInt8(ascii: "\n") {
                    guard digits.count < 20 else { throw ApusError(.malformed, "its sparse map is damaged") }
                    digits.append(byte)
                    continue
                }
                numbers.append(try Self.mapNumber(digits[...]))
                digits = []
                if numbers.count == 1 {
                    guard numbers[0] <= Self.runLimit else { throw ApusError(.malformed, "its sparse map has too many runs") }
                    wanted = 1 + 2 * numbers[0]
                }
            }
        }
        return Array(numbers.dropFirst())
    }

    private static func mapNumber(_ digits: ArraySlice<UInt8>) throws(ApusError) -> Int {
        guard let number = decimal(digits) else { throw ApusError(.malformed, "its sparse map is damaged") }
        return number
    }
}
