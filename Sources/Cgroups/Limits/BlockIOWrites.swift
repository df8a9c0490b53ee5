import LinuxSystem
import OCISpec

extension LinuxBlockIO {
    func writes(_ context: LimitContext) throws(ApusError) -> [CgroupWrite] {
        guard leafWeight ?? 0 == 0, (weightDevice ?? []).allSatisfy({ $0.leafWeight ?? 0 == 0 }) else {
            throw ApusError(.notSupported, "cannot set blockIO.leafWeight: Linux 5.0 removed the CFQ scheduler that had it")
        }
        var writes = [CgroupWrite]()
        if let weight, weight != 0 { writes.append(try weightWrite(weight, device: nil, context)) }
        for device in weightDevice ?? [] {
            if let weight = device.weight, weight != 0 { writes.append(try weightWrite(weight, device: "\(device.major):\(device.minor)", context)) }
        }
        let kinds = [
            (throttleReadBpsDevice, "throttleReadBpsDevice", "read_bps_device", "rbps"),
            (throttleWriteBpsDevice, "throttleWriteBpsDevice", "write_bps_device", "wbps"),
            (throttleReadIOPSDevice, "throttleReadIOPSDevice", "read_iops_device", "riops"),
            (throttleWriteIOPSDevice, "throttleWriteIOPSDevice", "write_iops_device", "wiops"),
        ]
        for (devices, field, file, key) in kinds {
            for device in devices ?? [] {
                let number = "\(device.major):\(device.minor)"
                switch try context.version(.io, "blockIO.\(field)") {
                case .v1:
                    writes.append(
                        CgroupWrite(controller: .io, field: "blockIO.\(field)", file: "blkio.throttle.\(file)", value: "\(number) \(device.rate)"))
                case .v2:
                    let rate = device.rate == 0 ? "max" : String(device.rate)
                    writes.append(CgroupWrite(controller: .io, field: "blockIO.\(field)", file: "io.max", value: "\(number) \(key)=\(rate)"))
                }
            }
        }
        return writes
    }

    /// The BFQ scheduler has a file of its own; without it the cost model has one on v2.
    private func weightWrite(_ weight: UInt16, device: String?, _ context: LimitContext) throws(ApusError) -> CgroupWrite {
        let field = device == nil ? "blockIO.weight" : "blockIO.weightDevice"
        let value = (device.map { "\($0) " } ?? "") + String(weight)
        switch try context.version(.io, field) {
        case .v1:
            let file = device == nil ? "weight" : "weight_device"
            return CgroupWrite(
                controller: .io, field: field, file: "blkio.bfq.\(file)", value: value, ifMissing: .instead(file: "blkio.\(file)", value: value))
        case .v2:
            let converted = LinuxBlockIO.costWeight(weight)
            return CgroupWrite(
                controller: .io, field: field, file: "io.bfq.weight", value: value,
                ifMissing: .instead(file: "io.weight", value: "\(device ?? "default") \(converted)"))
        }
    }

    /// The weight of `io.weight`, 1 to 10000, for one of 10 to 1000.
    static func costWeight(_ weight: UInt16) -> UInt64 {
        1 + (UInt64(min(max(weight, 10), 1000)) - 10) * 9999 / 990
    }
}
