import Glibc
import LinuxSystem

/// The files that Apus puts in a container's /etc: its own names, no entries of other machines, and the host's name servers.
struct ContainerFiles {
    let record: ContainerRecord
    let directory: String

    /// Writes them anew, as each start does.
    func write() throws(ApusError) {
        let host = record.settings.network == "host"
        try put("hostname", Array("\(host && record.settings.hostname == nil ? Self.hostName() : record.hostname)\n".utf8))
        try put("hosts", host ? (try? readFile("/etc/hosts")) ?? [] : Array(Self.hosts(record.hostname).utf8))
        try put("resolv.conf", (try? readFile("/etc/resolv.conf")) ?? [])
    }

    private func put(_ name: String, _ bytes: [UInt8]) throws(ApusError) {
        // Written in place: a running container's bind mount would keep a replaced file.
        let path = "\(directory)/\(name)"
        let fd = try openFile(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW)
        try writeAll(fd.raw, bytes, name: path)
    }

    static func hosts(_ name: String) -> String {
        """
        127.0.0.1\tlocalhost \(name)
        ::1\tlocalhost ip6-localhost ip6-loopback
        fe00::\tip6-localnet
        ff00::\tip6-mcastprefix
        ff02::1\tip6-allnodes
        ff02::2\tip6-allrouters

        """
    }

    private static func hostName() -> String {
        (try? readText("/proc/sys/kernel/hostname")) ?? "localhost"
    }
}
