import Cgroups
import JSONCoding
import LinuxSystem

// Without Codable, whose generic types cost each command more than its system calls do (decision 0006). What is written is read: a test compares.

extension RuntimeRecord {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(
            schemaVersion: try json.requiredInteger("schemaVersion"), id: try json.requiredString("id"), ociVersion: try json.requiredString("ociVersion"),
            bundle: try json.requiredString("bundle"), rootfs: try json.requiredString("rootfs"), created: try json.requiredString("created"),
            owner: try json.requiredInteger("owner"), pid: try json.integer("pid"), processStart: try json.integer("processStart"),
            remainder: try json.object("remainder", LaunchRemainder.init), cgroup: try json.object("cgroup", CgroupRecord.init),
            plannedCgroup: try json.object("plannedCgroup", CgroupRecord.init), unit: try json.object("unit", SystemdUnit.init),
            namespaces: try json.requiredInteger("namespaces"), annotations: try json.stringMap("annotations"),
            concernsLater: try json.requiredBool("concernsLater"))
    }

    var json: JSONMembers {
        var json = JSONMembers()
        json.add("schemaVersion", schemaVersion)
        json.add("id", id)
        json.add("ociVersion", ociVersion)
        json.add("bundle", bundle)
        json.add("rootfs", rootfs)
        json.add("created", created)
        json.add("owner", Int(owner))
        json.add("pid", pid.map { Int($0) })
        json.add("processStart", processStart)
        json.add("remainder", remainder?.json)
        json.add("cgroup", cgroup?.json)
        json.add("plannedCgroup", plannedCgroup?.json)
        json.add("unit", unit?.json)
        json.add("namespaces", namespaces)
        json.add("annotations", annotations)
        json.add("concernsLater", concernsLater)
        return json
    }
}

extension LaunchRemainder {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(first: try json.requiredInteger("first"), steps: try json.requiredStrings("steps"), program: try json.requiredString("program"))
    }

    fileprivate var json: JSONMembers {
        var json = JSONMembers()
        json.add("first", first)
        json.add("steps", steps)
        json.add("program", program)
        return json
    }
}

extension CgroupRecord {
    init(_ json: JSONObject) throws(ApusError) {
        var legacy: [CgroupController: String] = [:]
        for (name, path) in try json.stringMap("legacy") ?? [:] {
            guard let controller = CgroupController(rawValue: name) else { throw ApusError(.malformed, "no such controller: \(name)") }
            legacy[controller] = path
        }
        self.init(
            unified: try json.string("unified"), legacy: legacy, named: try json.stringMap("named"),
            placement: CgroupPlacement(text: try json.requiredString("placement")), name: try json.requiredString("name"))
    }

    fileprivate var json: JSONMembers {
        var json = JSONMembers()
        json.add("unified", unified)
        json.add("legacy", [String: String](uniqueKeysWithValues: legacy.map { ($0.key.rawValue, $0.value) }))
        json.add("named", named)
        json.add("placement", placement.text)
        json.add("name", name)
        return json
    }
}

extension SystemdUnit {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(slice: try json.requiredString("slice"), name: try json.requiredString("name"), isRootless: try json.requiredBool("isRootless"))
    }

    fileprivate var json: JSONMembers {
        var json = JSONMembers()
        json.add("slice", slice)
        json.add("name", name)
        json.add("isRootless", isRootless)
        return json
    }
}
