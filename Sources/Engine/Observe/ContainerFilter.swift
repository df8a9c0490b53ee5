import ImageStore
public import LinuxSystem
import Network
import OCISpec

/// One condition of a `--filter` flag.
public struct FilterCondition: Sendable, Equatable {
    /// What is looked at.
    public let key: String
    /// What it must be.
    public let value: String
    /// Makes a condition.
    public init(_ key: String, _ value: String) {
        self.key = key
        self.value = value
    }
}

/// The conditions of `ps --filter`: one of the values of each key must hold, of `label` all.
public struct ContainerFilter {
    private enum Condition {
        case status(ContainerStatus)
        /// A state of Docker's that no container of Apus is ever in.
        case neverHolds
        case exited(Int32)
        case name(Pattern)
        case id(Pattern)
        case label(String, value: String?)
        case image(id: String, name: String)
        case createdBefore(String)
        case createdSince(String)
        case volume(String)
        case network(String)
        case published([PortRequest])
        case exposed([PortRequest])
    }

    private var conditions: [String: [Condition]] = [:]

    /// Reads the conditions; containers and images that they name are looked up once.
    ///
    /// - Throws: `ApusError` for an unknown key, a value that is wrong, or a container that does not exist.
    public init(_ wanted: [FilterCondition], engine: Engine) throws(ApusError) {
        for one in wanted { conditions[one.key, default: []].append(try Self.condition(one.key, one.value, engine)) }
    }

    /// Whether a condition speaks of containers that do not run, so that they must be looked at.
    public var wantsStopped: Bool { conditions["status"] != nil || conditions["exited"] != nil }

    /// Whether all conditions hold for a container.
    public func matches(_ view: ContainerView) -> Bool {
        conditions.allSatisfy { key, alternatives in
            key == "label" ? alternatives.allSatisfy { holds($0, view) } : alternatives.contains { holds($0, view) }
        }
    }

    private static func condition(_ key: String, _ value: String, _ engine: Engine) throws(ApusError) -> Condition {
        switch key {
        case "status":
            if let status = ContainerStatus(rawValue: value) { return .status(status) }
            if ["restarting", "removing", "dead"].contains(value) { return .neverHolds }
            throw ApusError(.invalidArgument, "invalid filter 'status=\(value)'", hint: "one of created, running, paused, exited")
        case "exited":
            guard let code = Int32(value) else { throw ApusError(.invalidArgument, "invalid filter 'exited=\(value)'", hint: "an exit code is a number") }
            return .exited(code)
        case "name": return .name(try Pattern(value))
        case "id": return .id(try Pattern(value))
        case "label":
            let sign = value.firstIndex(of: "=")
            return .label(String(value[..<(sign ?? value.endIndex)]), value: sign.map { String(value[value.index(after: $0)...]) })
        case "ancestor":
            // An image that is gone may still have containers, by the name that they were made with.
            do {
                return .image(id: try engine.images.inspect(value).id.hex, name: value)
            } catch  where error.code == .notFound {
                return .image(id: "", name: value)
            }
        case "before": return .createdBefore(try engine.containers.find(value).created)
        case "since": return .createdSince(try engine.containers.find(value).created)
        case "volume": return .volume(value)
        case "network":
            // A name, an id, or one of a network that is gone.
            return .network(["none", "host"].contains(value) ? value : (try? engine.networks.store.find(value).name) ?? value)
        case "publish": return .published(try port(key, value))
        case "expose": return .exposed(try port(key, value))
        case "health", "is-task":
            throw ApusError(.notSupported, "the filter '\(key)' is not supported yet")
        default:
            throw ApusError(
                .invalidArgument, "invalid filter '\(key)'",
                hint: "known are ancestor, before, exited, expose, id, label, name, network, publish, since, status and volume")
        }
    }

    private static func port(_ key: String, _ value: String) throws(ApusError) -> [PortRequest] {
        do { return try PortRequest.parse(exposed: value) } catch {
            throw ApusError(.invalidArgument, "invalid filter '\(key)=\(value)'", hint: "write PORT[/PROTOCOL] or FIRST-LAST[/PROTOCOL]")
        }
    }

    private func holds(_ condition: Condition, _ view: ContainerView) -> Bool {
        let (record, settings) = (view.record, view.record.settings)
        switch condition {
        case .status(let status): return view.state.status == status
        case .neverHolds: return false
        case .exited(let code): return view.state.status == .exited && view.state.exit?.exitCode == code
        // Docker's names begin with a slash, and expressions such as ^/web$ count on it.
        case .name(let pattern): return pattern.matches(record.name) || pattern.matches("/" + record.name)
        case .id(let pattern): return pattern.matches(record.id)
        case .label(let name, let value): return settings.labels[name].map { value == nil || $0 == value } ?? false
        case .image(let id, let name): return record.imageID == id || id.isEmpty && record.imageName == name
        case .createdBefore(let moment): return record.created < moment
        case .createdSince(let moment): return record.created > moment
        case .volume(let text): return settings.mounts.contains { $0.kind != .tmpfs && ($0.source == text || $0.target == text) }
        case .network(let name):
            let attachments = settings.connectivity?.attachments ?? []
            return attachments.isEmpty ? settings.network == name : attachments.contains { $0.network == name }
        case .published(let wanted): return Self.has(settings.connectivity?.ports ?? [], wanted)
        case .exposed(let wanted): return Self.has((settings.connectivity?.exposed ?? []) + (settings.connectivity?.ports ?? []), wanted)
        }
    }

    private static func has(_ ports: [PortRequest], _ wanted: [PortRequest]) -> Bool {
        wanted.contains { one in ports.contains { $0.containerPort == one.containerPort && $0.transport == one.transport } }
    }
}
