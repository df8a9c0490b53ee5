extension LinuxNamespace {
    /// The values of `type`.
    public static let types = ["pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time"]
}

extension Linux {
    func validate(_ check: inout Validator) {
        validateNamespaces(&check)
        for (index, device) in (devices ?? []).enumerated() { device.validate("linux.devices[\(index)]", &check) }
        for (index, path) in (maskedPaths ?? []).enumerated() { check.requireAbsolute(path, "linux.maskedPaths[\(index)]") }
        for (index, path) in (readonlyPaths ?? []).enumerated() { check.requireAbsolute(path, "linux.readonlyPaths[\(index)]") }
        let propagations = ["", "shared", "slave", "private", "unbindable", "rshared", "rslave", "rprivate", "runbindable"]
        check.requireOne(of: propagations, rootfsPropagation, "linux.rootfsPropagation")
        check.requireText(cgroupsPath, "linux.cgroupsPath")
        check.requireText(mountLabel, "linux.mountLabel")
        for text in [intelRdt?.closID, intelRdt?.l3CacheSchema, intelRdt?.memBwSchema] + (intelRdt?.schemata ?? []) {
            check.requireText(text, "linux.intelRdt")
        }
        for (name, device) in (netDevices ?? [:]).sorted(by: { $0.key < $1.key }) {
            check.requireInterface(name, "a key of linux.netDevices")
            if let new = device.name, !new.isEmpty { check.requireInterface(new, "linux.netDevices.\(name).name") }
        }
        check.require(
            cgroupsPath?.split(separator: "/").contains("..") != true, "linux.cgroupsPath", "not contain \"..\", got \(quoted(cgroupsPath ?? ""))")
        for (name, value) in (sysctl ?? [:]).sorted(by: { $0.key < $1.key }) {
            check.require(!name.isEmpty && !name.split(separator: "/").contains(".."), "linux.sysctl", "name files below /proc/sys, got \(quoted(name))")
            check.requireText(name + value, "linux.sysctl")
        }
        check.requireOne(of: ["LINUX", "LINUX32"], personality?.domain, "linux.personality.domain")
        check.requireOne(of: LinuxMemoryPolicy.modes, memoryPolicy?.mode, "linux.memoryPolicy.mode")
        for (index, flag) in (memoryPolicy?.flags ?? []).enumerated() {
            check.requireOne(of: LinuxMemoryPolicy.flags, flag, "linux.memoryPolicy.flags[\(index)]")
        }
        check.requireList(memoryPolicy?.nodes, "linux.memoryPolicy.nodes")
        seccomp?.validate("linux.seccomp", &check)
        resources?.validate("linux.resources", &check)
    }

    private func validateNamespaces(_ check: inout Validator) {
        let namespaces = namespaces ?? []
        for (index, namespace) in namespaces.enumerated() {
            check.requireOne(of: LinuxNamespace.types, namespace.type, "linux.namespaces[\(index)].type")
            if namespace.path?.isEmpty == false { check.requireAbsolute(namespace.path, "linux.namespaces[\(index)].path") }
        }
        check.requireDistinct(namespaces.map(\.type), "linux.namespaces")
        for (mappings, field) in [(uidMappings, "linux.uidMappings"), (gidMappings, "linux.gidMappings")] {
            guard let mappings, !mappings.isEmpty else { continue }
            check.require(namespaces.contains { $0.type == "user" }, field, "come with a user namespace in linux.namespaces")
            for (index, mapping) in mappings.enumerated() { mapping.validate("\(field)[\(index)]", &check) }
        }
        for (clock, offset) in (timeOffsets ?? [:]).sorted(by: { $0.key < $1.key }) {
            check.requireOne(of: ["monotonic", "boottime"], clock, "a key of linux.timeOffsets")
            check.require(offset.nanosecs, in: 0...999_999_999, "linux.timeOffsets.\(clock).nanosecs")
            check.require(namespaces.contains { $0.type == "time" }, "linux.timeOffsets", "come with a time namespace in linux.namespaces")
        }
    }
}

extension LinuxIDMapping {
    func validate(_ field: String, _ check: inout Validator) {
        check.require(size > 0, "\(field).size", "be above 0")
        let room = UInt32.max - max(containerID, hostID)
        check.require(size <= room, field, "end below \(UInt32.max)")
    }
}

extension LinuxDevice {
    func validate(_ field: String, _ check: inout Validator) {
        check.requireAbsolute(path, "\(field).path")
        check.requireOne(of: ["c", "u", "b", "p"], type, "\(field).type")
        if type != "p" {
            check.require(major != nil && minor != nil, field, "have major and minor for type \(quoted(type))")
        }
        check.require(major, in: 0...0xfff, "\(field).major")
        check.require(minor, in: 0...0xfffff, "\(field).minor")
    }
}
