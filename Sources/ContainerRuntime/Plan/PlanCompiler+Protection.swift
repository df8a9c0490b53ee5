import OCISpec

extension PlanCompiler {
    /// What follows when everything is in its place: read-only and masked paths, propagation of the root.
    mutating func compileProtection() {
        for (index, mount) in (spec.mounts ?? []).enumerated() where isReadOnlyDev(mount) { inner(.setReadOnly("/dev"), "mounts[\(index)]") }
        if spec.root?.readonly == true { inner(.setReadOnly("/"), "root.readonly") }
        for (index, path) in (linux.readonlyPaths ?? []).enumerated() { inner(.readOnly(path), "linux.readonlyPaths[\(index)]") }
        for (index, path) in (linux.maskedPaths ?? []).enumerated() { inner(.mask(path), "linux.maskedPaths[\(index)]") }
        // Last: what is unbindable could not be bound over itself.
        if let propagation = linux.rootfsPropagation.flatMap({ Propagation(option: $0) }) {
            inner(.propagation(path: "/", propagation), "linux.rootfsPropagation")
            if propagation.isRecursive { restorePropagations() }
        }
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
