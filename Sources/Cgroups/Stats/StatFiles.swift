// Readers of the kernel's small text files. Each passes over what it does not know: later kernels add lines.

/// `name value` lines, as of `memory.stat`.
func parseKeyed(_ text: String) -> [Substring: UInt64] {
    var values = [Substring: UInt64]()
    for line in text.split(separator: "\n") {
        let words = line.split(separator: " ")
        if words.count == 2, let value = UInt64(words[1]) { values[words[0]] = value }
    }
    return values
}

/// A limit: nil for `max`, and for v1's "no limit", the greatest number of whole pages.
func parseLimit(_ text: String) -> UInt64? {
    guard let value = UInt64(text), value < UInt64(Int64.max) - 0xffff else { return nil }
    return value
}

/// `io.stat` of v2: `8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0`.
func parseIOStat(_ text: String) -> [CgroupStats.BlockDevice] {
    var devices = [CgroupStats.BlockDevice]()
    for line in text.split(separator: "\n") {
        let words = line.split(separator: " ")
        guard let first = words.first, var device = blockDevice(first) else { continue }
        for word in words.dropFirst() {
            let pair = word.split(separator: "=")
            guard pair.count == 2, let value = UInt64(pair[1]) else { continue }
            switch pair[0] {
            case "rbytes": device.readBytes = value
            case "wbytes": device.writtenBytes = value
            case "rios": device.reads = value
            case "wios": device.writes = value
            default: break
            }
        }
        devices.append(device)
    }
    return devices
}

/// `blkio.throttle.io_service_bytes` and `io_serviced` of v1: `8:0 Read 4096`.
func parseBlkio(bytes: String, operations: String) -> [CgroupStats.BlockDevice] {
    var devices = [CgroupStats.BlockDevice]()
    for (text, isBytes) in [(bytes, true), (operations, false)] {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 3, let named = blockDevice(words[0]), let value = UInt64(words[2]) else { continue }
            let index = devices.firstIndex { $0.major == named.major && $0.minor == named.minor } ?? devices.endIndex
            if index == devices.endIndex { devices.append(named) }
            switch (words[1], isBytes) {
            case ("Read", true): devices[index].readBytes = value
            case ("Write", true): devices[index].writtenBytes = value
            case ("Read", false): devices[index].reads = value
            case ("Write", false): devices[index].writes = value
            default: break
            }
        }
    }
    return devices
}

private func blockDevice(_ text: Substring) -> CgroupStats.BlockDevice? {
    let numbers = text.split(separator: ":").map { UInt32($0) }
    guard numbers.count == 2, let major = numbers[0], let minor = numbers[1] else { return nil }
    return CgroupStats.BlockDevice(major: major, minor: minor)
}

/// `some avg10=0.00 avg60=0.00 avg300=0.00 total=0` and the same with `full` (psi.rst).
func parsePressure(_ text: String) -> CgroupStats.PressureFile {
    var file = CgroupStats.PressureFile()
    for line in text.split(separator: "\n") {
        let words = line.split(separator: " ")
        var values = CgroupStats.PressureLine()
        for word in words.dropFirst() {
            let pair = word.split(separator: "=")
            guard pair.count == 2 else { continue }
            switch pair[0] {
            case "avg10": values.average10 = Double(pair[1]) ?? 0
            case "avg60": values.average60 = Double(pair[1]) ?? 0
            case "avg300": values.average300 = Double(pair[1]) ?? 0
            case "total": values.total = UInt64(pair[1]) ?? 0
            default: break
            }
        }
        if words.first == "some" { file.some = values }
        if words.first == "full" { file.full = values }
    }
    return file
}
