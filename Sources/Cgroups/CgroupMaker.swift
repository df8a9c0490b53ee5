import Glibc
import LinuxSystem

/// Makes the directories of one cgroup, and takes back what it made.
struct CgroupMaker {
    let host: CgroupHost
    let placement: CgroupPlacement
    let name: String
    let tree: any CgroupTree
    private(set) var record: CgroupRecord
    /// In the order of making; parents that are kept for other containers too.
    private var made = [String]()

    init(host: CgroupHost, placement: CgroupPlacement, name: String, tree: any CgroupTree) {
        (self.host, self.placement, self.name, self.tree) = (host, placement, name, tree)
        record = CgroupRecord(unified: nil, legacy: [:], placement: placement, name: name)
    }

    /// Continues with a cgroup that is there already.
    init(host: CgroupHost, extending record: CgroupRecord, tree: any CgroupTree) {
        (self.host, placement, name, self.tree) = (host, record.placement, record.name, tree)
        self.record = record
    }

    /// - Parameters:
    ///   - needed: controllers whose absence is a failure.
    ///   - wanted: controllers that are left out where the host lacks them.
    mutating func make(needed: Set<CgroupController>, wanted: Set<CgroupController>) throws(ApusError) {
        let all = needed.union(wanted)
        if let unified = host.unified {
            let parent = placement.directory(in: unified, .v2)
            let enabled = all.filter { host.version(of: $0) == .v2 }
            try enable(enabled.intersection(needed), optional: enabled.subtracting(needed), in: unified, parent: parent)
            if record.unified == nil {
                try makeDirectory("\(parent)/\(name)", above: unified.mount)
                record.unified = "\(parent)/\(name)"
            }
        }
        for controller in CgroupController.allCases where all.contains(controller) && record.legacy[controller] == nil {
            guard let hierarchy = host.legacyHierarchy(of: controller) else { continue }
            let path = "\(placement.directory(in: hierarchy, .v1))/\(name)"
            // Controllers of one hierarchy share the directory.
            if !record.legacy.values.contains(path) { try makeDirectory(path, above: hierarchy.mount) }
            record.legacy[controller] = path
            if controller == .cpuset { try inheritCpuset(path, above: hierarchy.mount) }
        }
    }

    /// Removes what this maker made.
    ///
    /// Errors are not told: the first failure is what the user needs.
    mutating func undo() {
        for path in made.reversed() { try? tree.removeDirectory(path) }
        made = []
    }

    private mutating func makeDirectory(_ path: String, above top: String) throws(ApusError) {
        do {
            try tree.makeDirectory(path)
        } catch  where error.errno == ENOENT {
            try makeParents(of: path, above: top)
            try tree.makeDirectory(path)
        } catch  where error.errno == EEXIST {
            try replaceLeftover(path)
        }
        made.append(path)
    }

    private mutating func makeParents(of path: String, above top: String) throws(ApusError) {
        guard let slash = path.lastIndex(of: "/") else { return }
        let parent = String(path[..<slash])
        guard parent.utf8.count > top.utf8.count else { return }
        do {
            try tree.makeDirectory(parent)
        } catch  where error.errno == ENOENT {
            try makeParents(of: parent, above: top)
            try tree.makeDirectory(parent)
        } catch  where error.errno == EEXIST {
            return  // another start was faster
        }
        made.append(parent)
    }

    /// What a crash left is made new, so that no limit of it stays.
    ///
    /// One with processes belongs to somebody.
    private func replaceLeftover(_ path: String) throws(ApusError) {
        guard try tree.numbers(in: "cgroup.procs", of: path).isEmpty else {
            throw ApusError(.conflict, "cannot make cgroup \(path): it exists and holds processes")
        }
        try tree.removeAll(path, Deadline(seconds: 0.5))
        try tree.makeDirectory(path)
    }
}

// MARK: controllers

extension CgroupMaker {
    /// Lets the parent give controllers to the cgroups below it.
    ///
    /// When it does already, as after the first container, that is one read.
    private mutating func enable(
        _ required: Set<CgroupController>, optional: Set<CgroupController>, in unified: CgroupHost.Hierarchy, parent: String
    ) throws(ApusError) {
        let wanted = required.union(optional)
        if wanted.isEmpty || wanted.isSubset(of: controllers("\(parent)/cgroup.subtree_control") ?? []) { return }
        let list = "\(unified.mount)/cgroup.controllers"
        let available = controllers(list) ?? []
        for controller in CgroupController.allCases where required.contains(controller) && !available.contains(controller) {
            let shown = (try? tree.read(list)) ?? ""
            throw ApusError(
                .notSupported,
                "cannot limit \(controller.rawValue): controller \"\(controller.rawValue)\" is not available in cgroup v2 tree \(unified.mount) "
                    + "(cgroup.controllers: \(shown.isEmpty ? "none" : shown))")
        }
        try makeParents(of: "\(parent)/\(name)", above: unified.mount)
        var path = unified.mount
        for part in [""] + parent.dropFirst(unified.mount.count).split(separator: "/").map({ "/" + $0 }) {
            path += part
            let missing = wanted.intersection(available).subtracting(controllers("\(path)/cgroup.subtree_control") ?? [])
            try switchOn(missing.intersection(required), at: path)
            for controller in missing.subtracting(required) { try? switchOn([controller], at: path) }
        }
    }

    private func switchOn(_ controllers: Set<CgroupController>, at path: String) throws(ApusError) {
        if controllers.isEmpty { return }
        let value = CgroupController.allCases.filter(controllers.contains).map { "+\($0.rawValue)" }.joined(separator: " ")
        do {
            try tree.write(value, to: "\(path)/cgroup.subtree_control")
        } catch {
            let hint = error.errno == EBUSY ? "it holds processes itself: choose another cgroup parent, or move them" : nil
            throw ApusError(
                errno: error.errno, "cannot enable controllers: cannot write \"\(value)\" to \(path)/cgroup.subtree_control (cgroup v2)", hint: hint)
        }
    }

    private func controllers(_ file: String) -> Set<CgroupController>? {
        guard let text = try? tree.read(file) else { return nil }
        return Set(text.split(separator: " ").compactMap { CgroupController(rawValue: String($0)) })
    }

    /// A v1 cpuset is born empty, and no process can enter it so: it takes what the one above has.
    private func inheritCpuset(_ path: String, above top: String) throws(ApusError) {
        for file in ["cpuset.cpus", "cpuset.mems"] { _ = try inherit(file, path, above: top) }
    }

    private func inherit(_ file: String, _ path: String, above top: String) throws(ApusError) -> String {
        let value = try tree.read("\(path)/\(file)")
        guard value.isEmpty, path.utf8.count > top.utf8.count, let slash = path.lastIndex(of: "/") else { return value }
        let inherited = try inherit(file, String(path[..<slash]), above: top)
        try tree.write(inherited, to: "\(path)/\(file)")
        return inherited
    }
}

extension CgroupHost {
    /// Whose files a limit goes to, or why there are none.
    func versionForLimit(_ controller: CgroupController, _ field: String) throws(ApusError) -> CgroupVersion {
        if let version = version(of: controller) { return version }
        let bound = legacy.flatMap(\.controllers).joined(separator: ", ")
        let name = unified == nil ? controller.legacyName : controller.rawValue
        throw ApusError(
            .notSupported,
            "cannot set \(field): controller \"\(name)\" is not available on this \(layout.rawValue) host (cgroup v1 controllers: \(bound.isEmpty ? "none" : bound))"
        )
    }
}
