import LinuxSystem
import OCISpec

extension PlanCompiler {
    private static let characterType: UInt32 = 0o020000

    mutating func compileDevices() throws(ApusError) {
        let mounts = spec.mounts ?? []
        let devIsBound = mounts.contains {
            Self.normalized($0.destination) == "/dev" && ($0.type == "bind" || ($0.options ?? []).contains { $0.hasSuffix("bind") })
        }
        if !devIsBound {
            let given = Set((linux.devices ?? []).map(\.path))
            for device in DefaultDevices.nodes where !given.contains("/dev/\(device.name)") {
                compileNode(path: "/dev/\(device.name)", mode: Self.characterType | 0o666, device.major, device.minor, uid: 0, gid: 0, field: "default devices")
            }
        }
        for (index, device) in (linux.devices ?? []).enumerated() { try compile(device, field: "linux.devices[\(index)]") }
        if !devIsBound {
            for link in DefaultDevices.links { inner(.symlink(target: link.target, path: link.path), "default devices") }
            if mounts.contains(where: { Self.normalized($0.destination) == "/dev/pts" }) {
                inner(.symlink(target: "pts/ptmx", path: "/dev/ptmx"), "default devices")
            }
        }
    }

    private mutating func compile(_ device: LinuxDevice, field: String) throws(ApusError) {
        let types: [String: UInt32] = ["c": Self.characterType, "u": Self.characterType, "b": 0o060000, "p": 0o010000]
        guard let type = types[device.type] else {
            throw ApusError(.invalidArgument, "\(field).type: no such device type: \"\(device.type)\"", hint: "c, b, u or p")
        }
        guard let major = UInt32(exactly: device.major ?? 0), let minor = UInt32(exactly: device.minor ?? 0) else {
            throw ApusError(.invalidArgument, "\(field): \(device.major ?? 0):\(device.minor ?? 0) is no device number")
        }
        let parent = device.path.lastIndex(of: "/").map { String(device.path[..<$0]) } ?? ""
        if parent != "/dev" && !parent.isEmpty { inner(.directory(path: parent, mode: 0o755, uid: 0, gid: 0), field) }
        compileNode(path: device.path, mode: type | (device.fileMode ?? 0o666) & 0o7777, major, minor, uid: device.uid ?? 0, gid: device.gid ?? 0, field: field)
    }

    /// Inside a user namespace nodes cannot be made, so the host's are attached.
    private mutating func compileNode(path: String, mode: UInt32, _ major: UInt32, _ minor: UInt32, uid: UInt32, gid: UInt32, field: String) {
        if plan.namespaces.contains(.user) || plan.flags.contains(.intermediate) {
            let host = BindMount(source: path, isRecursive: false, set: [], clear: [], attributesAreRecursive: false, propagation: .recursivePrivate)
            inner(.attach(slot: plan.slot(.bind(host)), target: path, flags: .makeFile), field)
        } else {
            inner(.node(path: path, mode: mode, major: major, minor: minor, uid: uid, gid: gid), field)
        }
    }

    static func normalized(_ path: String) -> String {
        "/" + path.split(separator: "/").joined(separator: "/")
    }
}
