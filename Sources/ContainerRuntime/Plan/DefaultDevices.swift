public import OCISpec

/// The devices that every container has, and may use whatever `linux.resources.devices` says (config-linux.md, "Default Devices").
public enum DefaultDevices {
    /// One character device.
    struct Node {
        let name: String
        let major: UInt32
        let minor: UInt32
    }

    static let nodes = [
        Node(name: "null", major: 1, minor: 3), Node(name: "zero", major: 1, minor: 5), Node(name: "full", major: 1, minor: 7),
        Node(name: "random", major: 1, minor: 8), Node(name: "urandom", major: 1, minor: 9), Node(name: "tty", major: 5, minor: 0),
    ]

    static let links = [
        (target: "/proc/self/fd", path: "/dev/fd"), (target: "/proc/self/fd/0", path: "/dev/stdin"), (target: "/proc/self/fd/1", path: "/dev/stdout"),
        (target: "/proc/self/fd/2", path: "/dev/stderr"),
    ]

    /// The resources of a specification for the cgroup: where device rules are given, those of the default devices, terminals, and the
    /// making of nodes (which gives no access to them) follow, as in runc.
    public static func allowed(in resources: LinuxResources?) -> LinuxResources? {
        guard var resources, let given = resources.devices, !given.isEmpty else { return resources }
        func character(_ major: Int64, _ minor: Int64?) -> LinuxDeviceCgroup {
            LinuxDeviceCgroup(allow: true, type: "c", major: major, minor: minor, access: "rwm")
        }
        let terminals = [character(5, 1), character(5, 2), character(136, nil)]  // console, ptmx, pts
        let nodeMaking = ["c", "b"].map { LinuxDeviceCgroup(allow: true, type: $0, access: "m") }
        resources.devices = given + nodeMaking + nodes.map { character(Int64($0.major), Int64($0.minor)) } + terminals
        return resources
    }
}
