import Glibc
import LinuxSystem

/// The kernel parameters of the host that networks need.
struct HostSettings {
    let network: NetworkRecord

    /// Sets those of the network's own device, and lets the host forward packets.
    ///
    /// Forwarding is a switch of the whole host, and is only ever switched on: its firewall decides what is forwarded besides ours.
    func apply() throws(ApusError) {
        let device = network.bridge
        // 127.0.0.1 reaches containers by published ports; the table's chain `guard` keeps them from the way back.
        if !network.isInternal { try write("ipv4/conf/\(device)/route_localnet", "1") }
        guard !network.isInternal else { return }
        try switchOn("ipv4/ip_forward")
        guard network.hasIPv6, fileExists("/proc/sys/net/ipv6/conf/all/forwarding") else { return }
        try keepRouters()
        try switchOn("ipv6/conf/all/forwarding")
    }

    /// A host that forwards IPv6 forgets what routers announce to it, unless its devices are told to go on listening.
    private func keepRouters() throws(ApusError) {
        if (try? readText("/proc/sys/net/ipv6/conf/all/forwarding")) == "1" { return }
        for device in try listDirectory("/proc/sys/net/ipv6/conf") where !["all", "default", network.bridge].contains(device) {
            if (try? readText("/proc/sys/net/ipv6/conf/\(device)/accept_ra")) == "1" { try write("ipv6/conf/\(device)/accept_ra", "2") }
        }
    }

    private func switchOn(_ parameter: String) throws(ApusError) {
        if (try? readText("/proc/sys/net/\(parameter)")) != "1" { try write(parameter, "1") }
    }

    private func write(_ parameter: String, _ value: String) throws(ApusError) {
        let path = "/proc/sys/net/\(parameter)"
        let file = try openFile(path, O_WRONLY)
        try writeAll(file.raw, Array(value.utf8), name: path)
    }
}
