extension LinuxResources {
    /// What in these limits breaks the specification, for `update`, which gets them alone; sentences as of `Spec.validate()`.
    public func validate() -> [String] {
        var check = Validator()
        validate("resources", &check)
        return check.problems
    }

    func validate(_ field: String, _ check: inout Validator) {
        for (index, rule) in (devices ?? []).enumerated() { rule.validate("\(field).devices[\(index)]", &check) }
        memory?.validate("\(field).memory", &check)
        check.requireList(cpu?.cpus, "\(field).cpu.cpus")
        check.requireList(cpu?.mems, "\(field).cpu.mems")
        check.require(cpu?.idle, in: 0...1, "\(field).cpu.idle")
        check.require(pids?.limit, in: -1...Int64.max, "\(field).pids.limit")
        blockIO?.validate("\(field).blockIO", &check)
        for (index, limit) in (hugepageLimits ?? []).enumerated() {
            check.require(
                isPageSize(limit.pageSize), "\(field).hugepageLimits[\(index)].pageSize", "be like 64KB, 2MB or 1GB, got \(quoted(limit.pageSize))")
        }
        for device in (rdma ?? [:]).keys.sorted() {
            check.require(
                !device.isEmpty && device.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f }, "a key of \(field).rdma",
                "be the name of a device, got \(quoted(device))")
        }
        for (index, priority) in (network?.priorities ?? []).enumerated() {
            check.requireInterface(priority.name, "\(field).network.priorities[\(index)].name")
        }
        for (file, value) in (unified ?? [:]).sorted(by: { $0.key < $1.key }) {
            check.require(
                file.contains(".") && !file.contains("/") && !file.hasPrefix("."), "a key of \(field).unified",
                "be a file of cgroup v2 like memory.high, got \(quoted(file))")
            check.requireText(file + value, "\(field).unified")
        }
    }
}

extension LinuxDeviceCgroup {
    func validate(_ field: String, _ check: inout Validator) {
        check.requireOne(of: ["a", "c", "b", ""], type, "\(field).type")
        check.require(major, in: -1...0xfff, "\(field).major")
        check.require(minor, in: -1...0xfffff, "\(field).minor")
        check.require((access ?? "").allSatisfy("rwma".contains), "\(field).access", "be letters of rwm, got \(quoted(access ?? ""))")
    }
}

extension LinuxMemory {
    func validate(_ field: String, _ check: inout Validator) {
        let bytes = [
            ("limit", limit), ("reservation", reservation), ("swap", swap), ("kernel", kernel), ("kernelTCP", kernelTCP),
        ]
        for (name, value) in bytes { check.require(value, in: -1...Int64.max, "\(field).\(name)") }
        check.require(swappiness, in: 0...100, "\(field).swappiness")
    }
}

extension LinuxBlockIO {
    func validate(_ field: String, _ check: inout Validator) {
        // 0 leaves a weight alone, as Docker sends it.
        check.require(weight == 0 ? nil : weight, in: 10...1000, "\(field).weight")
        check.require(leafWeight == 0 ? nil : leafWeight, in: 10...1000, "\(field).leafWeight")
        for (index, device) in (weightDevice ?? []).enumerated() {
            check.require(device.weight == 0 ? nil : device.weight, in: 10...1000, "\(field).weightDevice[\(index)].weight")
        }
    }
}

/// A number of at most six digits with the unit KB, MB or GB, as the names of hugetlb files have it.
private func isPageSize(_ text: String) -> Bool {
    let digits = text.prefix { ("0"..."9").contains($0) }
    return (1...6).contains(digits.count) && digits.first != "0" && ["KB", "MB", "GB"].contains(text.dropFirst(digits.count))
}
