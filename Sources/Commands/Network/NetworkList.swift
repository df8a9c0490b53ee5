import CommandLine
import Engine
import LinuxSystem
import Network

/// `apus network ls`.
enum NetworkList {
    static let quiet = Flag.bool("quiet", short: "q", help: "Only display network IDs")

    static let command = Command(
        "ls", aliases: ["list"], abstract: "List networks", flags: [OutputFlags.filter, OutputFlags.format, OutputFlags.noTrunc, quiet],
        action: { parsed in
            let networks = try Globals.engine(parsed).networks.store.all()
            let filter = try NetworkFilter(parsed[OutputFlags.filter])
            let rows = networks.filter(filter.matches).map(row)
            output(try listing.text(rows, format: parsed[OutputFlags.format], noTrunc: parsed[OutputFlags.noTrunc], quiet: parsed[quiet]))
            return 0
        })

    private static func row(_ network: NetworkRecord) -> Value {
        var row = Value.Object([
            ("CreatedAt", .string(Timestamp(rfc3339: network.created)?.local ?? network.created)),
            ("Driver", "bridge"),
            ("ID", .string(network.id)),
            ("IPv4", .string(network.subnets.contains { $0.subnet.first.isV4 } ? "true" : "false")),
            ("IPv6", .string(network.hasIPv6 ? "true" : "false")),
            ("Internal", .string(network.isInternal ? "true" : "false")),
            ("Labels", .string(network.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ","))),
            ("Name", .string(network.name)),
            ("Scope", "local"),
        ])
        row.addMethod("Label", .map(network.labels))
        return .object(row)
    }

    private static let listing = Listing(
        columns: [.init("ID", "NETWORK ID", .identifier), .init("Name", "NAME"), .init("Driver", "DRIVER"), .init("Scope", "SCOPE")],
        others: [.init("IPv4", "IPV4"), .init("IPv6", "IPV6"), .init("Internal", "INTERNAL"), .init("Labels", "LABELS"), .init("CreatedAt", "CREATED AT")])
}

/// The conditions of `network ls --filter`: one of the values of each key must hold, of `label` all.
struct NetworkFilter {
    private let conditions: [FilterCondition]

    /// Reads the conditions.
    init(_ conditions: [FilterCondition]) throws(ApusError) {
        for one in conditions {
            switch one.key {
            case "name", "id", "label", "driver", "scope": continue
            case "type" where ["custom", "builtin"].contains(one.value): continue
            case "internal" where ["true", "false"].contains(one.value): continue
            default:
                throw ApusError(
                    .invalidArgument, "invalid filter '\(one.key)=\(one.value)'", hint: "known are driver, id, internal, label, name, scope and type")
            }
        }
        self.conditions = conditions
    }

    /// Whether all conditions hold for a network.
    func matches(_ network: NetworkRecord) -> Bool {
        Dictionary(grouping: conditions, by: \.key).allSatisfy { key, alternatives in
            key == "label" ? alternatives.allSatisfy { holds($0, network) } : alternatives.contains { holds($0, network) }
        }
    }

    private func holds(_ condition: FilterCondition, _ network: NetworkRecord) -> Bool {
        switch condition.key {
        case "name": return network.name.contains(condition.value)
        case "id": return network.id.hasPrefix(condition.value)
        case "driver": return condition.value == "bridge"
        case "scope": return condition.value == "local"
        case "type": return (condition.value == "builtin") == (network.name == NetworkStore.standardName)
        case "internal": return "\(network.isInternal)" == condition.value
        default:
            let sign = condition.value.firstIndex(of: "=")
            let wanted = sign.map { String(condition.value[condition.value.index(after: $0)...]) }
            return network.labels[String(condition.value[..<(sign ?? condition.value.endIndex)])].map { wanted == nil || $0 == wanted } ?? false
        }
    }
}
