import CommandLine
import Engine
import LinuxSystem
import Network

/// `apus network inspect`.
enum NetworkInspect {
    static let verbose = Flag.bool("verbose", short: "v", help: "Verbose output for diagnostics")

    static let command = Command(
        "inspect", abstract: "Display detailed information on one or more networks",
        positionals: Positionals("NETWORK [NETWORK...]", completing: NetworkGroup.completion), flags: [Inspect.format, verbose],
        action: { parsed in
            let engine = Globals.engine(parsed)
            var values: [Value] = []
            var status: Int32 = 0
            for name in parsed.positionals {
                do throws(ApusError) {
                    let network = try engine.networks.store.find(name)
                    values.append(value(network, try engine.containers(on: network), engine))
                } catch {
                    notice("apus: \(error)")
                    status = 1
                }
            }
            output(try inspection(values, format: parsed[Inspect.format]))
            return status
        })

    /// In the shape of `docker network inspect`.
    private static func value(_ network: NetworkRecord, _ containers: [Connectivity], _ engine: Engine) -> Value {
        let ranges = network.ranges.map { range in
            var object = Value.Object([("Subnet", .string(range.subnet))])
            if let part = range.range { object["IPRange"] = .string(part) }
            object["Gateway"] = .string(range.gateway)
            return Value.object(object)
        }
        let members = containers.map { container -> (String, Value) in
            let endpoint = container.endpoints.first { $0.networkID == network.id }
            func address(_ isV4: Bool) -> String {
                endpoint?.addresses.first { IPAddress($0.address)?.isV4 == isV4 }.map { "\($0.address)/\($0.prefix)" } ?? ""
            }
            return (
                container.id,
                .object([
                    ("Name", .string(container.name)), ("EndpointID", .string(endpoint?.link ?? "")), ("MacAddress", .string(endpoint?.mac ?? "")),
                    ("IPv4Address", .string(address(true))), ("IPv6Address", .string(address(false))),
                ])
            )
        }
        return .object([
            ("Name", .string(network.name)),
            ("Id", .string(network.id)),
            ("Created", .string(network.created)),
            ("Scope", "local"),
            ("Driver", "bridge"),
            ("EnableIPv4", .bool(network.subnets.contains { $0.subnet.first.isV4 })),
            ("EnableIPv6", .bool(network.hasIPv6)),
            ("IPAM", .object([("Driver", "default"), ("Options", nil), ("Config", .array(ranges))])),
            ("Internal", .bool(network.isInternal)),
            ("Attachable", false),
            ("Ingress", false),
            ("ConfigFrom", .object([("Network", "")])),
            ("ConfigOnly", false),
            ("Containers", .object(Value.Object(members, isMap: true))),
            ("Options", .map(network.options)),
            ("Labels", .map(network.labels)),
            ("VLAN", .int(Int(network.vlan ?? 0))),
            ("Bridge", .string(network.bridge)),
            ("Up", .bool(engine.networks.host.isUp(network))),
        ])
    }
}
