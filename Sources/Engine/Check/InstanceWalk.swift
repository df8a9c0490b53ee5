import Glibc
import ImageStore
import LinuxSystem
import OCISpec

/// What an instance has beside its images: containers, names, snapshots.
struct InstanceWalk {
    let engine: Engine
    private(set) var check = InstanceCheck()
    var damages: [Damage] = []
    /// The names of the containers of each image, by its ID.
    private(set) var users: [String: [String]] = [:]
    /// Whether every record can be read, so that all that is needed is known.
    private(set) var recordsAreWhole = true
    private var records: [ContainerRecord] = []
    /// What mends a damage, by its place in `damages`.
    private var repairs: [Int: Repair] = [:]

    private enum Repair {
        case name(ContainerRecord)
        case staleName(String, id: String)
        case snapshotLink(String)
    }

    private var paths: EnginePaths { engine.paths }

    init(engine: Engine) throws(ApusError) {
        self.engine = engine
        try addContainers()
        try addNames()
        let snapshots = try addSnapshots()
        try addLayers(snapshots)
    }

    private mutating func add(
        _ kind: String, _ object: String, _ problem: String, containers: [String] = [], remedy: String, _ repair: Repair? = nil
    ) {
        if let repair { repairs[damages.count] = repair }
        damages.append(Damage(kind: kind, object: object, problem: problem, images: [], containers: containers, remedy: remedy))
    }

    private mutating func addContainers() throws(ApusError) {
        for id in try listDirectory(paths.containers) where ContainerRecord.isID(id) {
            let path = "\(paths.container(id))/container.json"
            do throws(ApusError) {
                guard let record = try readRecordIfPresent(ContainerRecord.self, path) else { continue }
                records.append(record)
                users[record.imageID, default: []].append(record.name)
                if record.id != id {
                    add("container", String(id.prefix(12)), "container.json is of another container", remedy: "remove \(paths.container(id))")
                }
            } catch  where error.code == .malformed {
                recordsAreWhole = false
                add("container", String(id.prefix(12)), "container.json is damaged", remedy: "its files are in \(paths.container(id)); save them and remove it")
            }
        }
        check.containers = records.count
    }

    private mutating func addNames() throws(ApusError) {
        for record in records where (try? readLink("\(paths.names)/\(record.name)")) != record.id {
            let holder = try? readLink("\(paths.names)/\(record.name)")
            let problem = holder.map { "its name belongs to container \($0.prefix(12))" } ?? "its name is not reserved"
            add("name", record.name, problem, containers: [record.name], remedy: "reserve it again", holder == nil ? .name(record) : nil)
        }
        let known = Dictionary(records.map { ($0.id, $0) }) { first, _ in first }
        for name in try listDirectory(paths.names) {
            // One without a container is being created, or is garbage; one of a damaged record may be right.
            guard let id = try? readLink("\(paths.names)/\(name)"), let record = known[id], record.name != name else { continue }
            add("name", name, "it leads to container \(record.name)", containers: [record.name], remedy: "release it", .staleName(name, id: id))
        }
    }

    /// - Returns: the records of snapshots that are whole.
    private mutating func addSnapshots() throws(ApusError) -> [SnapshotRecord] {
        var snapshots: [SnapshotRecord] = []
        let names = Dictionary(records.map { ($0.id, $0.name) }) { first, _ in first }
        for id in try listDirectory(paths.snapshots) where ContainerRecord.isID(id) {
            do throws(ApusError) {
                guard let record = try engine.readSnapshot(id) else { continue }
                snapshots.append(record)
                guard let name = record.name, let container = names[record.container] else { continue }
                check.snapshots += 1
                if !fileExists("\(paths.snapshot(id))/fs") {
                    add(
                        "snapshot", "\(container):\(name)", "its files are missing", containers: [container],
                        remedy: "remove it: apus snapshot rm \(container):\(name)")
                }
            } catch  where error.code == .malformed {
                recordsAreWhole = false
                add("snapshot", String(id.prefix(12)), "snapshot.json is damaged", remedy: "its files are in \(paths.snapshot(id))/fs; save them and remove it")
            }
        }
        return snapshots
    }

    /// Every layer that containers and snapshots stand on must be there by its short name; those of images are the store's to mend.
    private mutating func addLayers(_ snapshots: [SnapshotRecord]) throws(ApusError) {
        var users: [String: [String]] = [:]
        for record in records { for layer in record.layers { users[layer, default: []].append(record.name) } }
        for snapshot in snapshots where snapshot.name != nil {
            guard let container = records.first(where: { $0.id == snapshot.container }) else { continue }
            for layer in snapshot.stack { users[layer, default: []].append("\(container.name):\(snapshot.name ?? "")") }
        }
        for (layer, users) in users.sorted(by: { $0.key < $1.key }) where !fileExists("\(engine.images.layerBase)/\(layer)/.") {
            if SnapshotRecord.isLayerName(layer) {
                let owner = try listDirectory(paths.snapshots).first { SnapshotRecord.layerName($0) == layer && fileExists("\(paths.snapshot($0))/fs") }
                let repair = owner.map(Repair.snapshotLink)
                add(
                    "layer", layer, "a snapshot's layer is missing", containers: users, remedy: owner == nil ? "remove what stands on it" : "link it again",
                    repair)
            } else {
                add("layer", layer, "a layer of an image is missing", containers: users, remedy: "load the image again, and start a container of it")
            }
        }
    }

    /// Mends a damage where that can be done.
    mutating func repair(_ position: Int) throws(ApusError) {
        switch repairs[position] {
        case nil: damages[position].isRepaired = damages[position].kind == "layer" && fileExists("\(engine.images.layerBase)/\(damages[position].object)/.")
        case .name(let record):
            try engine.containers.reserveName(record.name, for: record.id)
            damages[position].isRepaired = true
        case .staleName(let name, let id):
            engine.containers.releaseName(name, of: id)
            damages[position].isRepaired = true
        case .snapshotLink(let id):
            let link = "\(engine.images.layerBase)/\(SnapshotRecord.layerName(id))"
            if (try? readLink(link)) != nil { try removeTree(link) }
            try engine.containers.linkSnapshot(id)
            damages[position].isRepaired = true
        }
    }

    /// A finding of the store with the containers that it touches.
    func damage(_ finding: StoreFinding) -> Damage {
        let containers = finding.imageIDs.flatMap { users[$0.hex] ?? [] }
        let remedy =
            switch finding.repair {
            case .unpack: "unpack it again"
            case .remove: finding.images.isEmpty ? "remove it" : "remove it, and load the image again"
            case .remake: finding.kind == .index ? "list the images again, without their names" : "make it again"
            case .load: "load the image again"
            }
        var damage = Damage(
            kind: finding.kind.rawValue, object: finding.object, problem: finding.problem, images: Array(Set(finding.images)).sorted(),
            containers: Array(Set(containers)).sorted(), remedy: remedy)
        damage.isRepaired = finding.isRepaired
        if !finding.stillUsedBy.isEmpty {
            damage.remark = "running until they are started again on the damaged one: \(finding.stillUsedBy.joined(separator: ", "))"
        }
        return damage
    }
}
