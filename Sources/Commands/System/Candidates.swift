import CommandLine
import Engine
import ImageStore
import LinuxSystem
import Network
import OCISpec

/// `apus __complete KIND PREFIX`: what a shell offers, one candidate a line.
enum Candidates {
    static let command = Command(
        "__complete", abstract: "Print candidates for completion", positionals: "KIND [PREFIX]", interspersed: false, hidden: true,
        action: { parsed in
            let prefix = parsed.positionals.dropFirst().first ?? ""
            let engine = Globals.engine(parsed)
            let names: [String]
            switch parsed.positionals[0] {
            case "container": names = try engine.containers.all().flatMap { [$0.name] + identifier($0.id, prefix) }
            case "network": names = try engine.networks.store.all().map(\.name) + ["host", "none"]
            case "image": names = try engine.images.list().flatMap { images($0) + identifier($0.id.hex, prefix) }
            case "snapshot", "clonable":
                let snapshots = try engine.snapshots()
                names =
                    snapshots.flatMap { ["\($0.containerName):\($0.name)"] + identifier($0.record.id, prefix) }
                    + (parsed.positionals[0] == "clonable" ? try engine.containers.all().flatMap { [$0.name] + identifier($0.id, prefix) } : [])
            case "bridge", "port": names = try SwitchGroup.candidates(parsed.positionals[0], parsed)
            default: names = []
            }
            output(Set(names).filter { $0.hasPrefix(prefix) }.sorted().map { "\($0)\n" }.joined())
            return 0
        })

    /// An id is offered only to those who began to type one.
    private static func identifier(_ id: String, _ prefix: String) -> [String] { prefix.isEmpty || !id.hasPrefix(prefix) ? [] : [String(id.prefix(12))] }

    private static func images(_ image: ImageSummary) -> [String] {
        guard let repository = image.repository else { return [] }
        return [image.tag.map { "\(repository):\($0)" } ?? repository]
    }
}
