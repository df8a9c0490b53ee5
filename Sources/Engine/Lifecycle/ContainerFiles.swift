import Glibc
import LinuxSystem
import Network

/// The files that Apus puts in a container's /etc: its own names, those of other machines that the user gave, and name servers.
struct ContainerFiles {
    let record: ContainerRecord
    let directory: String
    let engine: Engine
    /// What it has on networks; nil for none.
    let connectivity: Connectivity?

    /// Writes them anew, as each start does.
    func write() throws(ApusError) {
        switch record.settings.networkMode {
        case .host:
            try put("hostname", Array("\(record.settings.hostname == nil ? Self.hostName() : record.hostname)\n".utf8))
            try put("hosts", ((try? readFile("/etc/hosts")) ?? []) + Array(try extraHosts().utf8))
            try put("resolv.conf", Array(try resolver().utf8))
        case .container(let id):
            // As in Docker, it has the names of the container whose network it shares.
            let other = engine.paths.running(try engine.containers.find(id).id)
            for file in ["hostname", "hosts", "resolv.conf"] { try put(file, try readFile("\(other)/\(file)")) }
        case .own:
            try put("hostname", Array("\(record.hostname)\n".utf8))
            try put("hosts", Array(try hosts().utf8))
            try put("resolv.conf", Array(try resolver().utf8))
        }
    }

    private func put(_ name: String, _ bytes: [UInt8]) throws(ApusError) {
        // Written in place: a running container's bind mount would keep a replaced file.
        let path = "\(directory)/\(name)"
        let fd = try openFile(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW)
        try writeAll(fd.raw, bytes, name: path)
    }

    /// /etc/hosts; without networks the container's name is localhost's, with them its addresses'.
    func hosts() throws(ApusError) -> String {
        let addresses = connectivity?.endpoints.flatMap { $0.addresses.map(\.address) } ?? []
        return """
            127.0.0.1\tlocalhost\(addresses.isEmpty ? " \(record.hostname)" : "")
            ::1\tlocalhost ip6-localhost ip6-loopback
            fe00::\tip6-localnet
            ff00::\tip6-mcastprefix
            ff02::1\tip6-allnodes
            ff02::2\tip6-allrouters

            """ + (try extraHosts()) + addresses.map { "\($0)\t\(record.hostname)\n" }.joined()
    }

    /// The lines of `--add-host`; host-gateway is the host's address on the first network.
    private func extraHosts() throws(ApusError) -> String {
        var lines = ""
        for entry in record.settings.connectivity?.extraHosts ?? [] {
            guard let sign = entry.firstIndex(where: { $0 == ":" || $0 == "=" }) else { continue }
            let (name, address) = (entry[..<sign], String(entry[sign...].dropFirst()))
            if address != "host-gateway" {
                lines += "\(address)\t\(name)\n"
                continue
            }
            let gateways = connectivity?.endpoints.first.map { $0.addresses.map(\.gateway) } ?? (record.settings.network == "host" ? ["127.0.0.1"] : [])
            if gateways.isEmpty {
                throw ApusError(.invalidArgument, "cannot tell the address of host-gateway (--add-host \(entry)): the container is on no network")
            }
            for gateway in gateways { lines += "\(gateway)\t\(name)\n" }
        }
        return lines
    }

    /// /etc/resolv.conf: on networks the name server of Apus, which asks those of `--dns` or of the host; else these themselves.
    private func resolver() throws(ApusError) -> String {
        let settings = record.settings.connectivity ?? ConnectivitySettings()
        let host = (try? readText("/etc/resolv.conf")) ?? ""
        let gateways = connectivity.flatMap { $0.endpoints.first }.map { $0.addresses.map(\.gateway) } ?? []
        if gateways.isEmpty && settings.dns.isEmpty && settings.dnsSearch.isEmpty && settings.dnsOptions.isEmpty {
            return host.isEmpty ? "" : host + "\n"
        }
        let lines = host.split(separator: "\n").map(String.init)
        func own(_ word: String) -> [String] { lines.filter { $0.hasPrefix("\(word) ") } }
        var text: [String] = []
        if !gateways.isEmpty {
            text += gateways.map { "nameserver \($0)" }
        } else {
            text += settings.dns.isEmpty ? own("nameserver") : settings.dns.map { "nameserver \($0)" }
        }
        // A single dot takes the host's domains away, as in Docker.
        text += settings.dnsSearch.isEmpty ? own("search") : settings.dnsSearch == ["."] ? [] : ["search \(settings.dnsSearch.joined(separator: " "))"]
        text += settings.dnsOptions.isEmpty ? own("options") : ["options \(settings.dnsOptions.joined(separator: " "))"]
        return text.map { "\($0)\n" }.joined()
    }

    private static func hostName() -> String {
        (try? readText("/proc/sys/kernel/hostname")) ?? "localhost"
    }
}
