import CommandLine
import Engine
import Glibc
import LinuxSystem
import Network
import PacketCore

/// The flags of `run` and `create` about networks, ports and names.
enum NetworkFlags {
    static let network = Flag.list(
        "network", value: "network", completing: CompletionKind.objects("network"),
        help: "Connect a container to a network: NAME[,ip=...,ip6=...,mac-address=...,alias=...], container:NAME, host or none")
    static let net = Flag.list("net", value: "network", completing: CompletionKind.objects("network"), hidden: true, help: "The same as --network")
    static let ip = Flag.string("ip", help: "IPv4 address (e.g., 172.30.100.104)")
    static let ip6 = Flag.string("ip6", help: "IPv6 address (e.g., 2001:db8::33)")
    static let macAddress = Flag.string("mac-address", help: "Container MAC address (e.g., 92:d0:c6:0a:29:33)")
    static let alias = Flag.list("network-alias", help: "Add network-scoped alias for the container")
    static let publish = Flag.list("publish", short: "p", help: "Publish a container's port(s) to the host")
    static let publishAll = Flag.bool("publish-all", short: "P", help: "Publish all exposed ports to random ports")
    static let expose = Flag.list("expose", help: "Expose a port or a range of ports")
    static let dns = Flag.list("dns", help: "Set custom DNS servers")
    static let dnsSearch = Flag.list("dns-search", help: "Set custom DNS search domains")
    static let dnsOption = Flag.list("dns-option", help: "Set DNS options")
    static let addHost = Flag.list("add-host", help: "Add a custom host-to-IP mapping (host:ip)")

    static let all: [any DeclaredFlag] = [
        network, net, ip, ip6, macAddress, alias, publish, publishAll, expose, dns, dnsSearch, dnsOption, addHost,
    ]

    /// The network of containers that name none: APUS_NETWORK, else the default one.
    static var standard: String { unsafe getenv("APUS_NETWORK").map { unsafe String(cString: $0) } ?? "none" }

    /// Puts what the flags say into the settings.
    static func apply(_ parsed: ParsedCommand, to settings: inout ContainerSettings, engine: Engine) throws(ApusError) {
        var texts = parsed[network] + parsed[net]
        if texts.isEmpty { texts = [standard] }
        var own = ConnectivitySettings()
        for flag in parsed[publish] { own.ports += try PortRequest.parse(flag) }
        for flag in parsed[expose] { own.exposed += try PortRequest.parse(exposed: flag) }
        own.publishesAll = parsed[publishAll]
        own.dns = try checked(parsed[dns]) { IPAddress($0) != nil ? nil : "invalid --dns \"\($0)\": it is no IP address" }
        own.dnsSearch = parsed[dnsSearch]
        own.dnsOptions = parsed[dnsOption]
        own.extraHosts = try checked(parsed[addHost], problem)
        if let mode = special(texts) {
            settings.network = try resolved(mode, parsed, &settings, own, engine)
        } else {
            if let word = texts.first(where: { special([$0]) != nil }) {
                throw ApusError(.invalidArgument, "cannot connect to network \(word) and to others", hint: "give it alone")
            }
            own.attachments = try attachments(texts, parsed, engine)
            settings.network = own.attachments[0].network
        }
        if own != ConnectivitySettings() { settings.connectivity = own }
    }

    /// `none`, `host` or `container:…`, given alone.
    private static func special(_ texts: [String]) -> String? {
        guard texts.count == 1, let text = texts.first, ["none", "host"].contains(text) || text.hasPrefix("container:") else { return nil }
        return text
    }

    private static func resolved(
        _ mode: String, _ parsed: ParsedCommand, _ settings: inout ContainerSettings, _ own: ConnectivitySettings, _ engine: Engine
    ) throws(ApusError) -> String {
        func refuse(_ flag: String) -> ApusError { ApusError(.invalidArgument, "conflicting options: --\(flag) and --network \(mode)") }
        if parsed[ip] != nil { throw refuse("ip") }
        if parsed[ip6] != nil { throw refuse("ip6") }
        if parsed[macAddress] != nil { throw refuse("mac-address") }
        if !parsed[alias].isEmpty { throw refuse("network-alias") }
        if !own.ports.isEmpty { throw refuse("publish") }
        if own.publishesAll { throw refuse("publish-all") }
        guard mode.hasPrefix("container:") else { return mode }
        if settings.hostname != nil { throw refuse("hostname") }
        if !own.dns.isEmpty { throw refuse("dns") }
        if !own.dnsSearch.isEmpty { throw refuse("dns-search") }
        if !own.dnsOptions.isEmpty { throw refuse("dns-option") }
        if !own.extraHosts.isEmpty { throw refuse("add-host") }
        if !own.exposed.isEmpty { throw refuse("expose") }
        let other = try engine.containers.find(String(mode.dropFirst(10)))
        settings.hostname = other.hostname
        return "container:\(other.id)"
    }

    /// Names, or what Docker calls the advanced syntax: `name=web,ip=10.1.0.9,alias=db`.
    private static func attachments(_ texts: [String], _ parsed: ParsedCommand, _ engine: Engine) throws(ApusError) -> [Attachment] {
        var result: [Attachment] = []
        for text in texts { result.append(try attachment(text)) }
        if let address = parsed[ip] { result[0].ipv4 = address }
        if let address = parsed[ip6] { result[0].ipv6 = address }
        if let address = parsed[macAddress] { result[0].mac = address }
        result[0].aliases += parsed[alias]
        for index in result.indices {
            result[index].network = try engine.networks.store.find(result[index].network).name
            try check(result[index])
        }
        for (index, one) in result.enumerated() where result[..<index].contains(where: { $0.network == one.network }) {
            throw ApusError(.invalidArgument, "network \"\(one.network)\" is specified multiple times")
        }
        return result
    }

    private static func attachment(_ text: String) throws(ApusError) -> Attachment {
        guard text.contains("=") || text.contains(",") else { return Attachment(network: text) }
        var attachment = Attachment(network: "")
        for (index, field) in text.split(separator: ",", omittingEmptySubsequences: false).enumerated() {
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            if index == 0 && parts.count == 1 {
                attachment.network = parts[0]
                continue
            }
            guard parts.count == 2 else { throw ApusError(.invalidArgument, "invalid --network \"\(text)\": \"\(field)\" is no key=value") }
            switch parts[0].lowercased() {
            case "name": attachment.network = parts[1]
            case "ip": attachment.ipv4 = parts[1]
            case "ip6": attachment.ipv6 = parts[1]
            case "mac-address": attachment.mac = parts[1]
            case "alias": attachment.aliases.append(parts[1])
            default:
                throw ApusError(
                    .notSupported, "invalid --network \"\(text)\": \(parts[0]) is not supported", hint: "known are name, ip, ip6, mac-address and alias")
            }
        }
        if attachment.network.isEmpty { throw ApusError(.invalidArgument, "invalid --network \"\(text)\": it names no network") }
        return attachment
    }

    /// Finds what can be found wrong before anything is made.
    static func check(_ attachment: Attachment) throws(ApusError) {
        if let text = attachment.ipv4, IPAddress(text)?.isV4 != true { throw ApusError(.invalidArgument, "invalid IPv4 address: \(text)") }
        if let text = attachment.ipv6, IPAddress(text)?.isV4 != false { throw ApusError(.invalidArgument, "invalid IPv6 address: \(text)") }
        if let text = attachment.mac {
            guard let mac = MACAddress(text), !mac.isMulticast, !mac.isZero else { throw ApusError(.invalidArgument, "\(text) is not a valid mac address") }
        }
        for alias in attachment.aliases where alias.isEmpty || alias.utf8.count > 253 || alias.contains(where: { $0 == " " || $0 == "/" }) {
            throw ApusError(.invalidArgument, "invalid network alias \"\(alias)\"")
        }
    }

    private static func checked(_ texts: [String], _ problem: (String) -> String?) throws(ApusError) -> [String] {
        for text in texts { if let problem = problem(text) { throw ApusError(.invalidArgument, problem) } }
        return texts
    }

    /// What is wrong with `--add-host NAME:ADDRESS`; nil for nothing.
    private static func problem(_ text: String) -> String? {
        guard let sign = text.firstIndex(where: { $0 == ":" || $0 == "=" }), sign != text.startIndex else {
            return "bad format for add-host: \"\(text)\""
        }
        let address = String(text[sign...].dropFirst())
        return address == "host-gateway" || IPAddress(address) != nil ? nil : "invalid IP address in add-host: \"\(address)\""
    }
}
