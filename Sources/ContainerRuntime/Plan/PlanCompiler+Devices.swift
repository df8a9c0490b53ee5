import LinuxSystem
import OCISpec

extension PlanCompiler {
    private static let characterType: UInt32 = 0o020000
    private static let fifoType: UInt32 = 0o010000

    mutating func compileDevices() throws(ApusError) {
        // A /dev of the host has what it has: nothing is made in it.
        let devIsBound = (spec.mounts ?? []).contains {
            Self.resolved($0.destination) == "/dev" && ($0.type == "bind" || MountOptions($0.options ?? []).isBind)
        }
        let given = Set((linux.devices ?? []).map { Self.resolved($0.path) })
        for device in DefaultDevices.nodes where !devIsBound && !given.contains("/dev/\(device.name)") {
            compileNode(path: "/dev/\(device.name)", mode: Self.characterType | 0o666, device.major, device.minor, uid: 0, gid: 0, field: "default devices")
        }
        for (index, device) in (linux.devices ?? []).enumerated() where !(devIsBound && Self.resolved(device.path).hasPrefix("/dev/")) {
            try compile(device, field: "linux.devices[\(index)]")
        }
        if devIsBound { return }
        for link in DefaultDevices.links { inner(.symlink(target: link.target, path: link.path, replaces: false), "default devices") }
        // Whatever the image has there would be the host's (config-linux.md, "Default Devices").
        inner(.symlink(target: "pts/ptmx", path: "/dev/ptmx", replaces: true), "default devices")
    }

    private mutating func compile(_ device: LinuxDevice, field: String) throws(ApusError) {
        let types: [String: UInt32] = ["c": Self.characterType, "u": Self.characterType, "b": 0o060000, "p": Self.fifoType]
        guard let type = types[device.type] else {
            throw ApusError(.invalidArgument, "\(field).type: no such device type: \"\(device.type)\"", hint: "c, b, u or p")
        }
        guard let major = UInt32(exactly: device.major ?? 0), let minor = UInt32(exactly: device.minor ?? 0) else {
            throw ApusError(.invalidArgument, "\(field): \(device.major ?? 0):\(device.minor ?? 0) is no device number")
        }
        compileNode(path: device.path, mode: type | (device.fileMode ?? 0o666) & 0o7777, major, minor, uid: device.uid ?? 0, gid: device.gid ?? 0, field: field)
    }

    /// Inside a user namespace nodes but FIFOs cannot be made, so the host's are attached.
    private mutating func compileNode(path: String, mode: UInt32, _ major: UInt32, _ minor: UInt32, uid: UInt32, gid: UInt32, field: String) {
        if keepsHost && mode & 0o170000 != Self.fifoType {
            inner(.attach(slot: plan.slot(of: BindMount(source: path)), target: path, flags: .makeFile), field)
        } else {
            inner(.node(path: path, mode: mode, major: major, minor: minor, uid: uid, gid: gid), field)
        }
    }
}
