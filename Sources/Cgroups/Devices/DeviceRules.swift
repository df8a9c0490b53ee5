import LinuxSystem
import OCISpec

/// What may be done with a device: the bits of the kernel's `BPF_DEVCG_ACC_*`.
struct DeviceAccess: OptionSet, Hashable {
    let rawValue: Int32
    static let mknod = DeviceAccess(rawValue: 1)
    static let read = DeviceAccess(rawValue: 2)
    static let write = DeviceAccess(rawValue: 4)
    static let all: DeviceAccess = [.mknod, .read, .write]

    /// `rwm` in the order in which the kernel prints it.
    var letters: String {
        (contains(.read) ? "r" : "") + (contains(.write) ? "w" : "") + (contains(.mknod) ? "m" : "")
    }
}

/// One device rule with nil for "any".
struct DeviceRule: Equatable {
    enum Kind: Int32 { case block = 1, character = 2 }

    var allow: Bool
    var kind: Kind?
    var major: Int32?
    var minor: Int32?
    var access: DeviceAccess

    /// Whether it says something about every access to every device.
    var isForAll: Bool { kind == nil && major == nil && minor == nil && access == .all }
}

/// The rules of the specification in their order, without those that a later one for all devices makes void.
func deviceRules(_ entries: [LinuxDeviceCgroup]) throws(ApusError) -> [DeviceRule] {
    var rules = [DeviceRule]()
    for (index, entry) in entries.enumerated() {
        let rule = try DeviceRule(entry, at: index)
        if rule.isForAll { rules.removeAll() }
        rules.append(rule)
    }
    return rules
}

extension DeviceRule {
    fileprivate init(_ entry: LinuxDeviceCgroup, at index: Int) throws(ApusError) {
        func bad(_ what: String) -> ApusError { ApusError(.invalidArgument, "cannot use device rule devices[\(index)]: \(what)") }
        allow = entry.allow
        switch entry.type ?? "a" {
        case "a", "": kind = nil
        case "b": kind = .block
        case "c": kind = .character
        case let other: throw bad("type \"\(other)\" is none of a, b, c")
        }
        // Linux has 12 bits for major numbers and 20 for minor ones.
        func number(_ number: Int64?, _ highest: Int64) throws(ApusError) -> Int32? {
            guard let number, number != -1 else { return nil }
            guard number >= 0 && number <= highest else { throw bad("\(number) is no device number") }
            return Int32(number)
        }
        major = try number(entry.major, 0xfff)
        minor = try number(entry.minor, 0xfffff)
        access = []
        for letter in entry.access.flatMap({ $0.isEmpty ? nil : $0 }) ?? "rwm" {
            switch letter {
            case "r": access.insert(.read)
            case "w": access.insert(.write)
            case "m": access.insert(.mknod)
            case "a": access.formUnion([.read, .write, .mknod])  // all, a word that runc takes
            default: throw bad("access \"\(entry.access ?? "")\" is not of the letters rwm")
            }
        }
    }
}
