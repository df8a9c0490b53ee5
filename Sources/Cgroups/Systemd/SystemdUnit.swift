import Glibc
public import LinuxSystem
public import OCISpec

/// The scope of a container that systemd keeps, as `--systemd-cgroup` asks for (`linux.cgroupsPath` of the form `slice:prefix:name`).
public struct SystemdUnit: Sendable, Equatable {
    /// The slice above it.
    public let slice: String
    /// `prefix-name.scope`.
    public let name: String
    /// Whether it is the user's own systemd.
    public let isRootless: Bool

    /// Takes up a scope that was started before.
    public init(slice: String, name: String, isRootless: Bool) {
        self.slice = slice
        self.name = name
        self.isRootless = isRootless
    }

    /// Reads the field; without it the unit is named by the container's ID.
    public init(_ cgroupsPath: String?, id: String, isRootless: Bool = false) throws(ApusError) {
        self.isRootless = isRootless
        let text = cgroupsPath.flatMap { $0.isEmpty ? nil : $0 } ?? ":apus:\(id)"
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, !parts[2].isEmpty else {
            throw ApusError(
                .invalidArgument, "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got \"\(text)\" instead")
        }
        slice = parts[0].isEmpty ? (isRootless ? "user.slice" : "system.slice") : parts[0]
        guard slice.hasSuffix(".slice"), !text.contains("/") else {
            throw ApusError(.invalidArgument, "cannot use linux.cgroupsPath \"\(text)\": \"\(slice)\" is no slice of systemd")
        }
        name = (parts[1].isEmpty ? "" : "\(parts[1])-") + "\(parts[2]).scope"
    }

    /// Starts the scope with a process in it, and gives it the limits.
    ///
    /// systemd knows those that it has a property for, so that it does not lift them; each is written to its file too, with the others.
    /// - Parameter process: who is to be in it; what it starts is too. A scope without a process ends.
    public func start(with process: Int32, resources: LinuxResources?, on host: CgroupHost) throws(ApusError) -> Cgroup {
        let mount = try requireUnified(host)
        let resources = resources ?? LinuxResources()
        let writes = try compile(resources, LimitContext(version: host.versionForLimit))
        let devices = try deviceRules(resources.devices ?? [])
        var bus = try SystemdBus(isRootless: isRootless)
        let fixed: [BusProperty] = [
            BusProperty(name: "Description", value: .string("container \(name)")), BusProperty(name: "Slice", value: .string(slice)),
            BusProperty(name: "Delegate", value: .bool(true)), BusProperty(name: "PIDs", value: .processes([UInt32(bitPattern: process)])),
            BusProperty(name: "DefaultDependencies", value: .bool(false)),
        ]
        let accounting = ["CPUAccounting", "MemoryAccounting", "IOAccounting", "TasksAccounting"].map { BusProperty(name: $0, value: .bool(true)) }
        let properties = fixed + accounting + systemdProperties(writes)
        do {
            try bus.startScope(name, properties)
        } catch  where error.code == .conflict {
            // One of that name that failed is still remembered.
            bus.resetFailed(name)
            try bus.startScope(name, properties)
        }
        do {
            let cgroup = try cgroup(of: process, mount)
            for write in writes { try cgroup.apply(write) }
            try cgroup.apply(devices, isLive: false)
            return cgroup
        } catch {
            try? bus.stop(name)
            throw error
        }
    }

    /// Tells systemd the new limits of a running scope; `Cgroup.update` writes them.
    public func update(_ resources: LinuxResources, of cgroup: Cgroup, on host: CgroupHost) throws(ApusError) {
        var context = LimitContext(version: host.versionForLimit)
        context.isLive = true
        context.current = { controller, file in cgroup.directory(of: controller).flatMap { try? cgroup.tree.read("\($0.path)/\(file)") } }
        let properties = systemdProperties(try compile(resources, context))
        if properties.isEmpty { return }
        var bus = try SystemdBus(isRootless: isRootless)
        try bus.setProperties(properties, of: name)
    }

    /// Ends the scope; one that has ended already is no error.
    public func stop() throws(ApusError) {
        var bus = try SystemdBus(isRootless: isRootless)
        try bus.stop(name)
        bus.resetFailed(name)
    }

    private func requireUnified(_ host: CgroupHost) throws(ApusError) -> String {
        guard host.layout == .unified, let mount = host.unified?.mount else {
            throw ApusError(.notSupported, "systemd cgroups need a running systemd with cgroup v2 alone: this host is \(host.layout.rawValue)")
        }
        return mount
    }

    private func cgroup(of process: Int32, _ mount: String) throws(ApusError) -> Cgroup {
        let memberships = parseMemberships(try readFile("/proc/\(process)/cgroup"))
        guard let path = memberships.first(where: { $0.controllers.isEmpty })?.path, path.hasSuffix("/\(name)") else {
            throw ApusError(.system, "systemd did not move process \(process) into unit \(name)")
        }
        let record = CgroupRecord(unified: mount + path, legacy: [:], placement: .absolute(String(path.dropLast(name.utf8.count + 1))), name: name)
        return Cgroup(existing: record)
    }
}

/// The properties of a unit that stand for limits, as far as systemd has them.
func systemdProperties(_ writes: [CgroupWrite]) -> [BusProperty] {
    let numbers = [
        "memory.max": "MemoryMax", "memory.low": "MemoryLow", "memory.high": "MemoryHigh", "memory.min": "MemoryMin", "memory.swap.max": "MemorySwapMax",
        "pids.max": "TasksMax", "cpu.weight": "CPUWeight",
    ]
    var properties = [BusProperty]()
    func add(_ name: String, _ value: BusValue) {
        properties.removeAll { $0.name == name }
        properties.append(BusProperty(name: name, value: value))
    }
    for write in writes {
        switch write.file {
        case "cpu.max":
            let words = write.value.split(separator: " ")
            let period = words.count > 1 ? UInt64(words[1]) ?? 0 : 100_000
            if words.count > 1 && period > 0 { add("CPUQuotaPeriodUSec", .number(period)) }
            guard let quota = words.first.flatMap({ UInt64($0) }), period > 0 else {
                add("CPUQuotaPerSecUSec", .number(.max))
                continue
            }
            // In whole percents, as systemd keeps it, and never less than was asked for.
            let (share, overflow) = quota.multipliedReportingOverflow(by: 1_000_000)
            add("CPUQuotaPerSecUSec", .number(overflow ? .max : (share / period + 9_999) / 10_000 * 10_000))
        case "cpu.idle": if write.value == "1" { add("CPUWeight", .number(0)) }
        case "cpuset.cpus": add("AllowedCPUs", .bytes(bitMask(parseNumberList(write.value))))
        case "cpuset.mems": add("AllowedMemoryNodes", .bytes(bitMask(parseNumberList(write.value))))
        default:
            guard let name = numbers[write.file], let value = write.value == "max" ? .max : UInt64(write.value) else { continue }
            add(name, .number(value))
        }
    }
    return properties
}

/// One bit a number, the lowest first.
private func bitMask(_ numbers: [UInt16]) -> [UInt8] {
    var mask = [UInt8](repeating: 0, count: numbers.max().map { Int($0) / 8 + 1 } ?? 0)
    for number in numbers { mask[Int(number) / 8] |= 1 << (number % 8) }
    return mask
}
