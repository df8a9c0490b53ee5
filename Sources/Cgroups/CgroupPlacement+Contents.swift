import Glibc
public import LinuxSystem

extension CgroupPlacement {
    /// The cgroups that lie in this place, by name: what a start made and nobody removed yet.
    ///
    /// It lists one directory a hierarchy, so it is for clean-up after a crash and not for a start.
    public func cgroups(on host: CgroupHost) throws(ApusError) -> [String: CgroupRecord] {
        try cgroups(on: host, tree: KernelCgroupTree())
    }

    func cgroups(on host: CgroupHost, tree: any CgroupTree) throws(ApusError) -> [String: CgroupRecord] {
        var found = [String: CgroupRecord]()
        func add(_ path: String, _ controllers: [CgroupController]) throws(ApusError) {
            for child in try tree.children(of: path) {
                let name = String(child.dropFirst(path.count + 1))
                var record = found[name] ?? CgroupRecord(unified: nil, legacy: [:], placement: self, name: name)
                if controllers.isEmpty { record.unified = child }
                for controller in controllers { record.legacy[controller] = child }
                found[name] = record
            }
        }
        if let unified = host.unified { try add(directory(in: unified, .v2), []) }
        for hierarchy in host.legacy {
            let controllers = CgroupController.allCases.filter { hierarchy.controllers.contains($0.legacyName) }
            if !controllers.isEmpty { try add(directory(in: hierarchy, .v1), controllers) }
        }
        return found
    }

    /// Removes the cgroup above the containers' in every hierarchy where it is empty.
    ///
    /// One that is in use, or gone, stays as it is.
    public func removeIfEmpty(on host: CgroupHost) {
        for path in host.legacy.map({ directory(in: $0, .v1) }) + [host.unified.map { directory(in: $0, .v2) }].compactMap({ $0 }) {
            unsafe rmdir(path)
        }
    }

    /// Whether the cgroup above was made for the containers alone: one that somebody else has named stays.
    public var hasOwnParent: Bool {
        if case .own = self { return !path.isEmpty }
        return false
    }

    /// The directory above the containers' in one hierarchy.
    func directory(in hierarchy: CgroupHost.Hierarchy, _ version: CgroupVersion) -> String {
        switch (self, version) {
        case (.absolute, _): return hierarchy.mount + path
        case (.own, .v1): return hierarchy.mount + hierarchy.own + path
        case (.own, .v2):
            let beside = hierarchy.own.lastIndex(of: "/").map { hierarchy.own[..<$0] } ?? ""
            return hierarchy.mount + beside + path
        }
    }
}

extension CgroupRecord {
    /// Removes the cgroups above the container's that were made for containers alone and hold none any more.
    func removeEmptyParents(_ tree: any CgroupTree) {
        guard placement.hasOwnParent else { return }
        for path in directories { path.lastIndex(of: "/").map { try? tree.removeDirectory(String(path[..<$0])) } }
    }
}
