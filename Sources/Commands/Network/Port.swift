import CommandLine
import Engine
import LinuxSystem
import Network

/// `apus port`: which ports of the host lead to a container.
enum Port {
    static let command = Command(
        "port", abstract: "List port mappings or a specific mapping for the container",
        positionals: Positionals("CONTAINER [PRIVATE_PORT[/PROTO]]", completing: .container, .none),
        action: { parsed in
            let engine = Globals.engine(parsed)
            let record = try engine.containers.find(parsed.positionals[0])
            let ports = try engine.containers.run(of: record) == nil ? [] : engine.connectivity(of: record)?.ports ?? []
            guard parsed.positionals.count > 1 else {
                for port in sorted(ports) { output("\(port.key) -> \(shown(port))") }
                return 0
            }
            let wanted = parsed.positionals[1].contains("/") ? parsed.positionals[1] : "\(parsed.positionals[1])/tcp"
            let found = ports.filter { $0.key == wanted }
            if found.isEmpty { throw ApusError(.notFound, "no public port '\(parsed.positionals[1])' published for \(parsed.positionals[0])") }
            for port in found { output(shown(port)) }
            return 0
        })

    /// `0.0.0.0:8080`, `[::]:8080`.
    static func shown(_ port: PublishedPort) -> String {
        port.hostAddress.contains(":") ? "[\(port.hostAddress)]:\(port.hostPort)" : "\(port.hostAddress):\(port.hostPort)"
    }

    /// By the container's port.
    static func sorted(_ ports: [PublishedPort]) -> [PublishedPort] {
        ports.sorted {
            ($0.containerPort, $0.transport, $0.hostAddress.contains(":") ? 1 : 0, $0.hostPort) < (
                $1.containerPort, $1.transport, $1.hostAddress.contains(":") ? 1 : 0, $1.hostPort
            )
        }
    }

    /// The column of `ps`: `0.0.0.0:8080->80/tcp, [::]:8080->80/tcp, 443/tcp`.
    static func column(_ ports: [PublishedPort], exposed: [PortRequest]) -> String {
        var texts = sorted(ports).map { "\(shown($0))->\($0.key)" }
        let published = Set(ports.map(\.key))
        let others = exposed.sorted { ($0.containerPort, $0.transport) < ($1.containerPort, $1.transport) }
        texts += others.map { "\($0.containerPort)/\($0.transport)" }.filter { !published.contains($0) }
        return texts.joined(separator: ", ")
    }
}
