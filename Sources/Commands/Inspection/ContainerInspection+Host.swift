import CommandLine
import Engine
import OCISpec

extension ContainerInspection {
    /// What was asked of the host: limits, rights, mounts.
    ///
    /// In Docker's order; what Apus does not have yet holds Docker's value for "not asked for".
    var hostConfig: Value {
        var object = Value.Object([
            ("Binds", binds),
            ("ContainerIDFile", ""),
            ("LogConfig", .object([("Type", "cri"), ("Config", .object(Value.Object([], isMap: true)))])),
            ("NetworkMode", .string(settings.network)),
            ("PortBindings", portBindings),
            ("RestartPolicy", .object([("Name", "no"), ("MaximumRetryCount", 0)])),
            ("AutoRemove", .bool(settings.autoRemove)),
            ("CapAdd", list(settings.capAdd)),
            ("CapDrop", list(settings.capDrop)),
            ("CgroupnsMode", "private"),
            ("GroupAdd", list(settings.groupAdd)),
            ("IpcMode", "private"),
            ("OomScoreAdj", .int(settings.oomScoreAdj ?? 0)),
            ("PidMode", ""),
            ("Privileged", .bool(settings.privileged)),
            ("PublishAllPorts", .bool(settings.connectivity?.publishesAll ?? false)),
            ("ReadonlyRootfs", .bool(settings.readOnly)),
            ("SecurityOpt", list(settings.securityOptions)),
            ("UTSMode", ""),
            ("UsernsMode", ""),
            ("ShmSize", .int(settings.shmSize ?? Int(DefaultSpec.shmSize))),
            ("Runtime", "apus"),
        ])
        let own = settings.connectivity
        object["Dns"] = .strings(own?.dns ?? [])
        object["DnsOptions"] = .strings(own?.dnsOptions ?? [])
        object["DnsSearch"] = .strings(own?.dnsSearch ?? [])
        object["ExtraHosts"] = list(own?.extraHosts ?? [])
        if let tmpfs { object["Tmpfs"] = tmpfs }
        if !settings.sysctls.isEmpty { object["Sysctls"] = .map(settings.sysctls) }
        for (name, value) in limits { object[name] = value }
        object["Devices"] = .array(settings.devices.map(device))
        object["Ulimits"] = settings.ulimits.isEmpty ? nil as Value : .array(settings.ulimits.map(ulimit))
        object["MaskedPaths"] = .strings(hidesSystemPaths ? DefaultSpec.maskedPaths : [])
        object["ReadonlyPaths"] = .strings(hidesSystemPaths ? DefaultSpec.readonlyPaths : [])
        object["Init"] = .bool(settings.useInit)
        return .object(object)
    }

    private var limits: [(String, Value)] {
        let resources = settings.resources
        return [
            ("CpuShares", number(resources.cpuShares)),
            ("Memory", number(resources.memory)),
            ("NanoCpus", number(resources.nanoCPUs)),
            ("CgroupParent", .string(settings.cgroupParent ?? "")),
            ("BlkioWeight", number(resources.blkioWeight)),
            ("BlkioDeviceReadBps", rates(resources.deviceReadBps)),
            ("BlkioDeviceWriteBps", rates(resources.deviceWriteBps)),
            ("BlkioDeviceReadIOps", rates(resources.deviceReadIOps)),
            ("BlkioDeviceWriteIOps", rates(resources.deviceWriteIOps)),
            ("CpuPeriod", number(resources.cpuPeriod)),
            ("CpuQuota", number(resources.cpuQuota)),
            ("CpusetCpus", .string(resources.cpusetCPUs ?? "")),
            ("CpusetMems", .string(resources.cpusetMems ?? "")),
            ("MemoryReservation", number(resources.memoryReservation)),
            ("MemorySwap", number(resources.memorySwap ?? resources.memory.map { $0 > Int64.max / 2 ? -1 : $0 * 2 })),
            ("MemorySwappiness", resources.memorySwappiness.map { number($0) } ?? nil),
            ("OomKillDisable", .bool(resources.oomKillDisable ?? false)),
            ("PidsLimit", resources.pidsLimit.map { number($0) } ?? nil),
        ]
    }

    private var hidesSystemPaths: Bool {
        !settings.privileged && (try? SecurityOptions(settings.securityOptions).unconfinedSystemPaths) != true
    }

    private var binds: Value {
        let binds = settings.mounts.filter { $0.kind != .tmpfs && !$0.isAnonymous }.map { mount in
            let options = mount.options + (mount.readOnly ? ["ro"] : [])
            return "\(mount.source):\(mount.target)\(options.isEmpty ? "" : ":\(options.joined(separator: ","))")"
        }
        return list(binds)
    }

    private var tmpfs: Value? {
        let mounts = settings.mounts.filter { $0.kind == .tmpfs }
        if mounts.isEmpty { return nil }
        return .map(mounts.map { (key: $0.target, value: ($0.options + ($0.readOnly ? ["ro"] : [])).joined(separator: ",")) })
    }

    private func list(_ texts: [String]) -> Value { texts.isEmpty ? nil : .strings(texts) }

    private func number(_ value: (some BinaryInteger)?) -> Value { .int(Int(clamping: value ?? 0)) }

    private func rates(_ rates: [ResourceSettings.DeviceRate]?) -> Value {
        .array((rates ?? []).map { .object([("Path", .string($0.path)), ("Rate", number($0.rate))]) })
    }

    private func device(_ device: DeviceSetting) -> Value {
        .object([("PathOnHost", .string(device.source)), ("PathInContainer", .string(device.target)), ("CgroupPermissions", .string(device.access))])
    }

    /// `nofile` for `RLIMIT_NOFILE`; -1 for no limit.
    private func ulimit(_ limit: POSIXRlimit) -> Value {
        .object([
            ("Name", .string(limit.type.dropFirst("RLIMIT_".count).lowercased())),
            ("Hard", .int(Int(Int64(bitPattern: limit.hard)))),
            ("Soft", .int(Int(Int64(bitPattern: limit.soft)))),
        ])
    }
}
