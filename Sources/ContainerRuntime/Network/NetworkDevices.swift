import Glibc
public import LinuxSystem
import Netlink
public import OCISpec

/// Moves network devices of the host into a container (`linux.netDevices`).
///
/// A device keeps its attributes and its permanent addresses of global scope, and is up in the container. It is not brought back: with the
/// container's network namespace the kernel moves a physical device to the host's first one and removes a virtual one.
public enum NetworkDevices {
    /// Moves all of them into the network namespace of a process, or none.
    ///
    /// - Parameters:
    ///   - devices: the names on the host, with the names in the container where they change; `%d` at the end of one stands for a free number.
    ///   - pid: a process whose network namespace is the container's already.
    /// - Throws: `ApusError` naming the device and the field; what was moved before is back then.
    public static func move(_ devices: [String: LinuxNetDevice], toNamespaceOf pid: Int32) throws(ApusError) {
        if devices.isEmpty { return }
        try move(devices, to: openFile("/proc/\(pid)/ns/net", O_RDONLY))
    }

    /// Moves all of them into a network namespace, or none.
    public static func move(_ devices: [String: LinuxNetDevice], to namespace: borrowing OwnedFD) throws(ApusError) {
        let home = try openFile("/proc/thread-self/ns/net", O_RDONLY)
        var host = try NetlinkSocket()
        try move(devices, from: &host, home: home.raw, to: namespace)
    }

    static func move(
        _ devices: [String: LinuxNetDevice], from host: inout NetlinkSocket, home: Int32, to namespace: borrowing OwnedFD
    ) throws(ApusError) {
        try validate(devices)
        var container = try NetlinkSocket(namespace: namespace.raw)
        let moves = try plan(devices, host: host.links(), container: container.links())
        var done: [(original: Link, moved: Link, addresses: [LinkAddress])] = []
        do {
            for move in moves {
                let addresses = try host.addresses(of: move.link).filter(\.isKept)
                let moved = try carry(move.link, as: move.name, from: &host, to: &container, namespace: namespace.raw)
                done.append((move.link, moved, addresses))
                // The kernel takes the addresses away.
                for address in addresses { try container.add(address, to: moved) }
                try container.set(moved, up: true)
            }
        } catch {
            // The first failure is the one to tell.
            for (original, moved, addresses) in done.reversed() {
                guard let back = try? carry(moved, as: original.name, from: &container, to: &host, namespace: home) else { continue }
                for address in addresses { try? host.add(address, to: back) }
                if original.isUp { try? host.set(back, up: true) }
            }
            throw error
        }
    }

    /// Checks names without looking at the host.
    ///
    /// - Throws: `ApusError` naming the field.
    public static func validate(_ devices: [String: LinuxNetDevice]) throws(ApusError) {
        var names = Set<String>()
        for (device, settings) in devices.sorted(by: { $0.key < $1.key }) {
            let field = "linux.netDevices.\(device)"
            guard isName(device) else { throw ApusError(.invalidArgument, "linux.netDevices: \"\(device)\" is no name of a network device") }
            let name = settings.name ?? ""
            if name.isEmpty { continue }
            let isTemplate = name.hasSuffix("%d")
            guard isName(isTemplate ? String(name.dropLast(2)) + "0" : name), !name.dropLast(isTemplate ? 2 : 0).contains("%") else {
                throw ApusError(.invalidArgument, "\(field).name: \"\(name)\" is no name of a network device")
            }
        }
        for (device, settings) in devices.sorted(by: { $0.key < $1.key }) {
            let name = settings.name?.isEmpty == false ? settings.name ?? device : device
            if !name.hasSuffix("%d") && !names.insert(name).inserted {
                throw ApusError(.invalidArgument, "linux.netDevices: two devices would be \"\(name)\" in the container")
            }
        }
    }

    /// What the kernel takes (dev_valid_name): 15 bytes at most, no path, no blank, no colon.
    private static func isName(_ name: String) -> Bool {
        (1...15).contains(name.utf8.count) && name != "." && name != ".."
            && name.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ":") }
    }

    /// Finds every device and looks that no name is taken, before anything is moved.
    private static func plan(
        _ devices: [String: LinuxNetDevice], host: [Link], container: [Link]
    ) throws(ApusError) -> [(link: Link, name: String)] {
        var moves: [(link: Link, name: String)] = []
        for (device, settings) in devices.sorted(by: { $0.key < $1.key }) {
            guard let link = host.first(where: { $0.name == device }) else {
                throw ApusError(.notFound, "cannot move network device \(device) to the container (linux.netDevices): there is no such device")
            }
            let name = settings.name?.isEmpty == false ? settings.name ?? device : device
            if container.contains(where: { $0.name == name }) {
                throw ApusError(
                    .conflict, "cannot move network device \(device) to the container (linux.netDevices): it has a device \(name) already",
                    hint: "a name that ends in %d gets a free number")
            }
            moves.append((link, name))
        }
        return moves
    }

    /// Moves one device, and leaves it down.
    private static func carry(
        _ link: Link, as name: String, from: inout NetlinkSocket, to: inout NetlinkSocket, namespace: Int32
    ) throws(ApusError) -> Link {
        let before = try Set(to.links().map(\.index))
        // Only a device that is down can get another name.
        try from.set(link, up: false)
        do throws(ApusError) {
            try from.move(link, to: namespace, as: name)
        } catch {
            if link.isUp { try? from.set(link, up: true) }
            throw error
        }
        // Its number may have changed too, and the kernel chooses what %d becomes.
        let isTemplate = name.hasSuffix("%d")
        guard let moved = try to.links().first(where: { !before.contains($0.index) && (isTemplate || $0.name == name) }) else {
            throw ApusError(.notFound, "cannot find network device \(link.name) in the container as \(name)")
        }
        return moved
    }
}

extension PlanCompiler {
    /// The devices are moved beside the plan, once the container's network namespace is there; here is checked that they can be.
    func checkNetDevices() throws(ApusError) {
        guard let devices = linux.netDevices, !devices.isEmpty else { return }
        guard (linux.namespaces ?? []).contains(where: { $0.type == "network" }) else {
            throw ApusError(.invalidArgument, "linux.netDevices must come with a network namespace in linux.namespaces")
        }
        try NetworkDevices.validate(devices)
    }
}
