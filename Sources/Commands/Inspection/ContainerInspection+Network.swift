import CommandLine
import Engine
import Network

extension ContainerInspection {
    /// In the shape of Docker's `NetworkSettings`: what the container has while it runs.
    var networkSettings: Value {
        let endpoints = connectivity?.endpoints ?? []
        let first = endpoints.first(where: \.isGateway) ?? endpoints.first
        var object = Value.Object([
            ("SandboxKey", .string(pid > 0 ? "/proc/\(pid)/ns/net" : "")),
            ("Ports", ports),
        ])
        for (name, value) in Self.addresses(first) { object[name] = value }
        object["MacAddress"] = .string(first?.mac ?? "")
        var networks = (settings.connectivity?.attachments ?? []).map { attachment in
            (attachment.network, endpoint(endpoints.first { $0.network == attachment.network }, attachment))
        }
        if networks.isEmpty && !settings.network.hasPrefix("container:") { networks = [(settings.network, endpoint(nil, nil))] }
        object["Networks"] = .object(Value.Object(networks, isMap: true))
        return .object(object)
    }

    /// Docker's `HostConfig.PortBindings`: what was asked for.
    var portBindings: Value {
        var bindings: [String: [Value]] = [:]
        for port in settings.connectivity?.ports ?? [] {
            let host =
                port.firstHostPort == 0 ? "" : port.firstHostPort == port.lastHostPort ? "\(port.firstHostPort)" : "\(port.firstHostPort)-\(port.lastHostPort)"
            bindings["\(port.containerPort)/\(port.transport)", default: []].append(
                .object([("HostIp", .string(port.hostAddress ?? "")), ("HostPort", .string(host))]))
        }
        return .object(Value.Object(bindings.sorted { $0.key < $1.key }.map { ($0.key, .array($0.value)) }, isMap: true))
    }

    /// Docker's `Config.ExposedPorts`; nil for none.
    var exposedPorts: Value? {
        let own = settings.connectivity
        let keys = Set(((own?.exposed ?? []) + (own?.ports ?? [])).map { "\($0.containerPort)/\($0.transport)" })
        return keys.isEmpty ? nil : .object(Value.Object(keys.sorted().map { ($0, .object([])) }, isMap: true))
    }

    private var ports: Value {
        var bindings: [String: [Value]] = [:]
        for port in Port.sorted(connectivity?.ports ?? []) {
            bindings[port.key, default: []].append(.object([("HostIp", .string(port.hostAddress)), ("HostPort", .string("\(port.hostPort)"))]))
        }
        var entries = bindings.map { ($0.key, Value.array($0.value)) }
        if view.state.isRunning {
            for port in settings.connectivity?.exposed ?? [] where bindings["\(port.containerPort)/\(port.transport)"] == nil {
                entries.append(("\(port.containerPort)/\(port.transport)", nil))
            }
        }
        return .object(Value.Object(entries.sorted { $0.0 < $1.0 }, isMap: true))
    }

    private func endpoint(_ endpoint: Endpoint?, _ attachment: Attachment?) -> Value {
        var object = Value.Object([
            (
                "IPAMConfig",
                attachment?.ipv4 == nil && attachment?.ipv6 == nil
                    ? nil
                    : .map(
                        [("IPv4Address", attachment?.ipv4), ("IPv6Address", attachment?.ipv6)].compactMap { pair in pair.1.map { (key: pair.0, value: $0) } })
            ),
            ("Links", nil),
            ("Aliases", attachment?.aliases.isEmpty == false ? .strings(attachment?.aliases ?? []) : nil),
            ("MacAddress", .string(endpoint?.mac ?? "")),
            ("NetworkID", .string(endpoint?.networkID ?? "")),
            ("EndpointID", .string(endpoint?.link ?? "")),
        ])
        for (name, value) in Self.addresses(endpoint) { object[name] = value }
        object["DNSNames"] = endpoint.map { .strings([record.name] + $0.aliases + [record.shortID]) } ?? nil as Value
        return .object(object)
    }

    private static func addresses(_ endpoint: Endpoint?) -> [(String, Value)] {
        let four = endpoint?.addresses.first { !$0.address.contains(":") }
        let six = endpoint?.addresses.first { $0.address.contains(":") }
        return [
            ("Gateway", .string(four?.gateway ?? "")), ("IPAddress", .string(four?.address ?? "")), ("IPPrefixLen", .int(four?.prefix ?? 0)),
            ("IPv6Gateway", .string(six?.gateway ?? "")), ("GlobalIPv6Address", .string(six?.address ?? "")),
            ("GlobalIPv6PrefixLen", .int(six?.prefix ?? 0)),
        ]
    }
}
