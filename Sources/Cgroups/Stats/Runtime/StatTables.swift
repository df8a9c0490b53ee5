// Readers of the kernel's tables, in the form of `RuntimeStats`. Each passes over what it does not know.

/// `blkio.*` of v1: `8:0 Read 4096`, and `8:0 4096` where there is one number a device.
///
/// The sum of all devices at the end has no number and is left out.
func parseBlkioTable(_ text: String) -> [RuntimeStats.BlockIO.Entry] {
    text.split(separator: "\n").compactMap { line in
        let words = line.split(separator: " ")
        guard (2...3).contains(words.count), let device = parseDevice(words[0]), let value = UInt64(words[words.count - 1]) else { return nil }
        return entry(device, words.count == 3 ? String(words[1]) : nil, value)
    }
}

/// `io.stat` of v2 as the two tables of v1 that it has the numbers of.
func parseIOTables(_ text: String) -> (bytes: [RuntimeStats.BlockIO.Entry], operations: [RuntimeStats.BlockIO.Entry]) {
    var tables = (bytes: [RuntimeStats.BlockIO.Entry](), operations: [RuntimeStats.BlockIO.Entry]())
    let names = ["r": "Read", "w": "Write", "d": "Discard"]
    for line in text.split(separator: "\n") {
        let words = line.split(separator: " ")
        guard let first = words.first, let device = parseDevice(first) else { continue }
        for word in words.dropFirst() {
            let pair = word.split(separator: "=")
            guard pair.count == 2, let value = UInt64(pair[1]), let name = names[String(pair[0].prefix(1))] else { continue }
            switch pair[0].dropFirst() {
            case "bytes": tables.bytes.append(entry(device, name, value))
            case "ios": tables.operations.append(entry(device, name, value))
            default: break
            }
        }
    }
    return tables
}

/// A list such as `0-3,7`, as far as it can be read.
func parseNumberList(_ text: String) -> [UInt16] {
    text.split(separator: ",").flatMap { part -> [UInt16] in
        let ends = part.split(separator: "-").compactMap { UInt16($0) }
        guard let first = ends.first, let last = ends.last, first <= last, ends.count <= 2 else { return [] }
        return Array(first...last)
    }
}

/// `mlx5_0 hca_handle=2 hca_object=2000`.
func parseRDMA(_ text: String) -> [String: RuntimeStats.RDMA] {
    var devices = [String: RuntimeStats.RDMA]()
    for line in text.split(separator: "\n") {
        let words = line.split(separator: " ")
        guard let name = words.first else { continue }
        var device = RuntimeStats.RDMA()
        for word in words.dropFirst() {
            let pair = word.split(separator: "=")
            guard pair.count == 2, let value = UInt64(pair[1]) else { continue }
            if pair[0] == "hca_handle" { device.hcaHandles = value }
            if pair[0] == "hca_object" { device.hcaObjects = value }
        }
        devices[String(name)] = device
    }
    return devices
}

private func parseDevice(_ text: Substring) -> (UInt64, UInt64)? {
    let numbers = text.split(separator: ":").map { UInt64($0) }
    guard numbers.count == 2, let major = numbers[0], let minor = numbers[1] else { return nil }
    return (major, minor)
}

private func entry(_ device: (UInt64, UInt64), _ operation: String?, _ value: UInt64) -> RuntimeStats.BlockIO.Entry {
    func nonzero(_ value: UInt64) -> UInt64? { value == 0 ? nil : value }
    return RuntimeStats.BlockIO.Entry(major: nonzero(device.0), minor: nonzero(device.1), op: operation, value: nonzero(value))
}
