import LinuxSystem

/// The device list of a cgroup v1: a default and exceptions from it, which is what the kernel keeps (devices.rst).
struct LegacyDeviceList: Equatable {
    struct Device: Hashable {
        var kind: DeviceRule.Kind
        var major: Int32?
        var minor: Int32?
    }

    var allowsByDefault = true
    /// In the order in which they came, so that what is written can be foretold.
    private(set) var exceptions = [(device: Device, access: DeviceAccess)]()

    init() {}

    /// What `devices.list` shows.
    ///
    /// The kernel shows exceptions only of a list that denies by default.
    init(list text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 3, words[0] != "a" else { continue }
            let numbers = words[1].split(separator: ":").map { Int32($0) }
            guard numbers.count == 2 else { continue }
            allowsByDefault = false
            var access = DeviceAccess()
            if words[2].contains("r") { access.insert(.read) }
            if words[2].contains("w") { access.insert(.write) }
            if words[2].contains("m") { access.insert(.mknod) }
            add(Device(kind: words[0] == "b" ? .block : .character, major: numbers[0], minor: numbers[1]), access)
        }
        if text.split(separator: "\n").isEmpty { allowsByDefault = false }
    }

    /// Applies a rule as the specification means it: a later one overrides.
    ///
    /// - Throws: `ApusError` where v1 cannot express it: a part taken out of a wildcard.
    mutating func apply(_ rule: DeviceRule) throws(ApusError) {
        if rule.isForAll {
            allowsByDefault = rule.allow
            exceptions = []
            return
        }
        for kind in rule.kind.map({ [$0] }) ?? [.character, .block] {
            let device = Device(kind: kind, major: rule.major, minor: rule.minor)
            if rule.allow == allowsByDefault {
                try remove(device, rule.access)
            } else {
                add(device, rule.access)
            }
        }
    }

    private mutating func add(_ device: Device, _ access: DeviceAccess) {
        if let index = exceptions.firstIndex(where: { $0.device == device }) {
            exceptions[index].access.formUnion(access)
        } else {
            exceptions.append((device, access))
        }
    }

    private mutating func remove(_ device: Device, _ access: DeviceAccess) throws(ApusError) {
        for index in exceptions.indices.reversed() where !exceptions[index].access.isDisjoint(with: access) {
            let other = exceptions[index].device
            guard other.overlaps(device) else { continue }
            guard other.lies(in: device) else {
                let words = "\(device.text) \(access.letters)"
                throw ApusError(
                    .notSupported, "cannot \(allowsByDefault ? "allow" : "deny") device \(words): cgroup v1 cannot take it out of \"\(other.text)\"",
                    hint: "name the devices one by one")
            }
            exceptions[index].access.subtract(access)
            if exceptions[index].access.isEmpty { exceptions.remove(at: index) }
        }
    }

    /// What goes into one file, in its order, each value by a write of its own.
    struct Change: Equatable {
        var file: String
        var values: [String]

        init?(allow: Bool, _ values: [String]) {
            if values.isEmpty { return nil }
            file = allow ? "devices.allow" : "devices.deny"
            self.values = values
        }
    }

    /// The fewest writes from a new cgroup, which has what the one above has, to this list.
    func changes() -> [Change] {
        let values = exceptions.map { "\($0.device.text) \($0.access.letters)" }
        let changes = allowsByDefault ? [Change(allow: false, values)] : [Change(allow: false, ["a"]), Change(allow: true, values)]
        return changes.compactMap { $0 }
    }

    /// The writes from the list of a live cgroup to this one; never a moment in which a device that both allow is denied.
    func changes(from current: LegacyDeviceList) -> [Change] {
        if allowsByDefault { return [Change(allow: true, ["a"])].compactMap { $0 } + changes() }
        if current.allowsByDefault { return changes() }
        return [Change(allow: true, exceptions(missingIn: current)), Change(allow: false, current.exceptions(missingIn: self))].compactMap { $0 }
    }

    private func exceptions(missingIn other: LegacyDeviceList) -> [String] {
        exceptions.compactMap { entry in
            let missing = entry.access.subtracting(other.exceptions.first { $0.device == entry.device }?.access ?? [])
            return missing.isEmpty ? nil : "\(entry.device.text) \(missing.letters)"
        }
    }

    static func == (left: LegacyDeviceList, right: LegacyDeviceList) -> Bool {
        left.allowsByDefault == right.allowsByDefault && left.exceptions.elementsEqual(right.exceptions, by: ==)
    }
}

extension LegacyDeviceList.Device {
    /// `c 1:*`, as the kernel reads it.
    var text: String {
        "\(kind == .block ? "b" : "c") \(major.map(String.init) ?? "*"):\(minor.map(String.init) ?? "*")"
    }

    func overlaps(_ other: Self) -> Bool {
        kind == other.kind && (major == nil || other.major == nil || major == other.major)
            && (minor == nil || other.minor == nil || minor == other.minor)
    }

    func lies(in other: Self) -> Bool {
        kind == other.kind && (other.major == nil || major == other.major) && (other.minor == nil || minor == other.minor)
    }
}
