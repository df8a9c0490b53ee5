import OCISpec

extension PlanCompiler {
    /// What follows when everything is in its place: propagation of the root, read-only and masked paths.
    mutating func compileProtection() {
        if let propagation = linux.rootfsPropagation.flatMap({ Propagation(option: $0) }) {
            inner(.propagation(path: "/", propagation), "linux.rootfsPropagation")
            if propagation.isRecursive { restorePropagations() }
        }
        for (index, mount) in (spec.mounts ?? []).enumerated() where isReadOnlyDev(mount) { inner(.setReadOnly("/dev"), "mounts[\(index)]") }
        if spec.root?.readonly == true { inner(.setReadOnly("/"), "root.readonly") }
        for (index, path) in (linux.readonlyPaths ?? []).enumerated() { inner(.readOnly(path), "linux.readonlyPaths[\(index)]") }
        for (index, path) in (linux.maskedPaths ?? []).enumerated() { inner(.mask(path), "linux.maskedPaths[\(index)]") }
    }

    /// The root's propagation has reached all mounts; what one of them asked for itself holds.
    private mutating func restorePropagations() {
        for (index, mount) in (spec.mounts ?? []).enumerated() {
            for propagation in MountOptions(mount.options ?? []).propagations {
                inner(.propagation(path: Self.resolved(mount.destination), propagation), "mounts[\(index)]")
            }
        }
    }
}
