extension CgroupsPath {
    /// Where the cgroup of a container with this path is about to be made.
    ///
    /// It goes on record before it is made, so that what a killed creation left is found. It may be somebody else's until then.
    public func planned(on host: CgroupHost) -> CgroupRecord {
        let unified = host.unified.map { "\(placement.directory(in: $0, .v2))/\(name)" }
        var named: [String: String] = [:]
        for hierarchy in host.legacy + host.named {
            named[hierarchy.controllers.joined(separator: ",")] = "\(placement.directory(in: hierarchy, .v1))/\(name)"
        }
        return CgroupRecord(unified: unified, legacy: [:], named: named, placement: placement, name: name)
    }
}

extension Cgroup {
    /// Removes what of a planned cgroup was made and holds nobody; what is in use, or was never made, stays as it is.
    public static func discard(planned record: CgroupRecord) {
        for path in record.directories { try? KernelCgroupTree().removeDirectory(path) }
    }
}
