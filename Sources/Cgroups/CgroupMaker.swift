import Glibc
import LinuxSystem

/// Which hierarchies a cgroup is made in, and what is done with what is there already.
struct CgroupMaking {
    /// Whether every mounted hierarchy has the cgroup, limited or not: engines look containers up in all of them.
    var isEverywhere = false
    /// Whether a directory that exists and is empty is taken as it is; otherwise it is made new.
    var joinsExisting = false
    /// Whether hierarchies are left out where the user may not write (EACCES, EPERM, EROFS) and nothing is limited.
    var skipsForbidden = false
}

/// Makes the directories of one cgroup, and takes back what it made.
struct CgroupMaker {
    let host: CgroupHost
    let placement: CgroupPlacement
    let name: String
    let tree: any CgroupTree
    var making = CgroupMaking()
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
        let all = making.isEverywhere ? Set(CgroupController.allCases) : needed.union(wanted)
        if let unified = host.unified {
            let enabled = all.filter { host.version(of: $0) == .v2 }
            try unlessForbidden(needed.intersection(enabled)) { maker throws(ApusError) in
                try maker.makeUnified(unified, needed: needed.intersection(enabled), optional: enabled.subtracting(needed))
            }
        }
        for controller in CgroupController.allCases where all.contains(controller) && record.legacy[controller] == nil {
            guard let hierarchy = host.legacyHierarchy(of: controller) else { continue }
            let path = "\(placement.directory(in: hierarchy, .v1))/\(name)"
            try unlessForbidden(needed.intersection([controller])) { maker throws(ApusError) in
                // Controllers of one hierarchy share the directory.
                if !maker.record.legacy.values.contains(path) { try maker.makeDirectory(path, above: hierarchy.mount) }
                if controller == .cpuset { try maker.inheritCpuset(path, above: hierarchy.mount) }
                maker.record.legacy[controller] = path
            }
        }
        if making.isEverywhere { try makeNamed() }
    }

    private mutating func makeUnified(
        _ unified: CgroupHost.Hierarchy, needed: Set<CgroupController>, optional: Set<CgroupController>
    ) throws(ApusError) {
        // The caller may be elsewhere than who made the cgroup: what lies above it is known from its own path.
        let above = record.unified.flatMap { path in path.lastIndex(of: "/").map { String(path[..<$0]) } }
        let parent = above ?? placement.directory(in: unified, .v2)
        if record.unified == nil {
            try makeDirectory("\(parent)/\(name)", above: unified.mount)
            record.unified = "\(parent)/\(name)"
        }
        // Not before: until it has a child the parent may be removed by a monitor whose container was the last.
        try enable(needed, optional: optional, in: unified, parent: parent)
    }

    /// Hierarchies of which no controller is known here, and those without any.
    private mutating func makeNamed() throws(ApusError) {
        let known = Set(CgroupController.allCases.map(\.legacyName))
        for hierarchy in host.legacy.filter({ known.isDisjoint(with: $0.controllers) }) + host.named {
            let path = "\(placement.directory(in: hierarchy, .v1))/\(name)"
            try unlessForbidden([]) { maker throws(ApusError) in
                try maker.makeDirectory(path, above: hierarchy.mount)
                maker.record.named = (maker.record.named ?? [:]).merging([hierarchy.controllers.joined(separator: ","): path]) { $1 }
            }
        }
    }

    /// Makes one hierarchy's part, or does without where the user may not and nothing of it is `needed`.
    private mutating func unlessForbidden(
        _ needed: Set<CgroupController>, _ body: (inout CgroupMaker) throws(ApusError) -> Void
    ) throws(ApusError) {
        do {
            try body(&self)
        } catch {
            guard making.isEverywhere && error.isForbidden else { throw error }
            if making.skipsForbidden && needed.isEmpty { return }
            let why = making.skipsForbidden ? "rootless needs no limits + no cgrouppath when no permission is granted for cgroups: " : ""
            throw ApusError(error.code, "unable to apply cgroup configuration: \(why)\(error.message)", errno: error.errno, hint: error.hint)
        }
    }

    /// Removes what this maker made.
    ///
    /// Errors are not told: the first failure is what the user needs.
    mutating func undo() {
        for path in made.reversed() { try? tree.removeDirectory(path) }
        if !making.isEverywhere { record.removeEmptyParents(tree) }
        made = []
    }

    private mutating func makeDirectory(_ path: String, above top: String) throws(ApusError) {
        do {
            try makeWithParents(path, above: top)
        } catch  where error.errno == EEXIST {
            if making.joinsExisting { return try requireUnused(path) }
            try replaceLeftover(path)
        }
        made.append(path)
    }

    /// The last container below a parent takes it along when it ends, even while this one is about to be made: then the parent is made anew.
    private mutating func makeWithParents(_ path: String, above top: String) throws(ApusError) {
        for _ in 0..<100 {
            do { return try tree.makeDirectory(path) } catch  where error.errno == ENOENT {}
            do { try makeParents(of: path, above: top) } catch  where error.errno == ENOENT {}
        }
        try tree.makeDirectory(path)
    }

    /// One that exists already is entered where nobody is in it and nothing would stand still there, as by runc.
    private func requireUnused(_ path: String) throws(ApusError) {
        let count = try tree.numbers(in: "cgroup.procs", of: path).count
        if count > 0 { throw ApusError(.conflict, "container's cgroup is not empty: \(count) process(es) found in \(path)") }
        let state = (try? tree.read("\(path)/freezer.state")) ?? (try? tree.read("\(path)/cgroup.freeze"))
        if let state, state != "THAWED" && state != "0" { throw ApusError(.conflict, "container's cgroup unexpectedly frozen: \(path)") }
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
        let asked = required.union(optional)
        let list = "\(unified.mount)/cgroup.controllers"
        let enabled = asked.isEmpty ? [] : controllers("\(parent)/cgroup.subtree_control") ?? []
        if asked.isSubset(of: enabled) { return }
        let available = controllers(list) ?? []
        let wanted = required.union(optional.intersection(available))
        if wanted.isSubset(of: enabled) { return }
        for controller in CgroupController.allCases where required.contains(controller) && !available.contains(controller) {
            let shown = (try? tree.read(list)) ?? ""
            throw ApusError(
                .notSupported,
                "cannot limit \(controller.rawValue): controller \"\(controller.rawValue)\" is not available in cgroup v2 tree \(unified.mount) "
                    + "(cgroup.controllers: \(shown.isEmpty ? "none" : shown))")
        }
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

extension ApusError {
    /// Whether the kernel refused for want of privilege, or the file system cannot be written.
    var isForbidden: Bool { [EACCES, EPERM, EROFS].contains(errno) }
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
