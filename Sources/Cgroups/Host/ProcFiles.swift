/// One cgroup file system of /proc/PID/mountinfo (proc(5)).
struct CgroupMount: Equatable {
    var version: CgroupVersion
    /// The cgroup at the mount's top, as the reader's cgroup namespace names it.
    var root: String
    var point: String
    /// The super block's options; controllers among them in v1.
    var options: [String]
}

/// One line of /proc/PID/cgroup (cgroups(7)).
struct CgroupMembership: Equatable {
    /// v1 names, or `name=...`; empty for v2.
    var controllers: [String]
    var path: String

    /// Whether it is a v1 hierarchy without controllers.
    var isNamed: Bool { controllers.first?.hasPrefix("name=") == true }
}

/// The mounts of types cgroup and cgroup2, in the file's order.
///
/// A line that is not understood is passed over.
func parseCgroupMounts(_ text: [UInt8]) -> [CgroupMount] {
    var found = [CgroupMount]()
    for line in text.split(separator: UInt8(ascii: "\n")) {
        // Most lines are other file systems: they are told by a few bytes behind the separator, before anything is copied.
        guard let type = typeField(of: line), line[type...].starts(with: "cgroup".utf8) else { continue }
        let fields = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard let dash = fields.dropFirst(6).firstIndex(where: { $0.elementsEqual("-".utf8) }), dash + 3 < fields.count else { continue }
        let version: CgroupVersion
        switch String(decoding: fields[dash + 1], as: UTF8.self) {
        case "cgroup": version = .v1
        case "cgroup2": version = .v2
        default: continue
        }
        let options = fields[dash + 3].split(separator: UInt8(ascii: ",")).map { String(decoding: $0, as: UTF8.self) }
        found.append(CgroupMount(version: version, root: unescape(fields[3]), point: unescape(fields[4]), options: options))
    }
    return found
}

/// Where the type stands: behind the first " - ", as optional fields never are a lone dash.
private func typeField(of line: ArraySlice<UInt8>) -> Int? {
    var index = line.startIndex
    while index + 3 < line.endIndex {
        if line[index] == UInt8(ascii: " "), line[index + 1] == UInt8(ascii: "-"), line[index + 2] == UInt8(ascii: " ") { return index + 3 }
        index += 1
    }
    return nil
}

/// The kernel writes blank, tab, line feed and backslash as three octal digits.
private func unescape(_ field: ArraySlice<UInt8>) -> String {
    guard field.contains(UInt8(ascii: "\\")) else { return String(decoding: field, as: UTF8.self) }
    var bytes = [UInt8]()
    var rest = field
    while let byte = rest.popFirst() {
        let digits = rest.prefix(3)
        if byte == UInt8(ascii: "\\"), digits.count == 3, let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8) {
            bytes.append(value)
            rest = rest.dropFirst(3)
        } else {
            bytes.append(byte)
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}

/// Where a process is in each hierarchy.
///
/// A path may itself contain colons.
func parseMemberships(_ text: [UInt8]) -> [CgroupMembership] {
    text.split(separator: UInt8(ascii: "\n")).compactMap { line in
        let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[2].first == UInt8(ascii: "/") else { return nil }
        let controllers = parts[1].split(separator: UInt8(ascii: ",")).map { String(decoding: $0, as: UTF8.self) }
        return CgroupMembership(controllers: controllers, path: String(decoding: parts[2], as: UTF8.self))
    }
}
