/// A size in decimal units as Docker prints it: `1.23MB`, with at most `precision` significant digits (4; images have 3).
public func humanSize(_ bytes: Double, precision: Int = 4) -> String {
    scaled(bytes, base: 1000, units: ["B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"], precision: precision)
}

/// A size in binary units as Docker prints it: `1.5GiB`, with at most four significant digits.
public func bytesSize(_ bytes: Double, precision: Int = 4) -> String {
    scaled(bytes, base: 1024, units: ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"], precision: precision)
}

private func scaled(_ bytes: Double, base: Double, units: [String], precision: Int) -> String {
    var size = bytes
    var unit = 0
    while size >= base && unit < units.count - 1 {
        size /= base
        unit += 1
    }
    return preciseFloat(size, verb: "g", precision: precision) + units[unit]
}
