import LinuxSystem
import OCISpec

extension PlanCompiler {
    /// A v2 host has one file system there; a v1 or hybrid host a tmpfs with one for each hierarchy, and links for each of several controllers.
    mutating func compileCgroup(_ mount: Mount, _ options: MountOptions, field: String) throws(ApusError) {
        let target = mount.destination
        let single = context.cgroupMounts.count == 1 && context.cgroupMounts[0].directory.isEmpty
        if options.copiesUp { throw ApusError(.invalidArgument, "\(field).options: tmpcopyup needs a tmpfs") }
        let attributes = options.set.subtracting(options.recursiveClear).union(options.recursiveSet)
        if single {
            attachCgroup(context.cgroupMounts[0], at: target, attributes, options, field: field)
            return
        }
        if let option = options.data.first { throw ApusError(.notSupported, "\(field).options: cgroup v1 has no option \"\(option)\"") }
        inner(
            .mount(
                type: "tmpfs", source: "tmpfs", target: target, options: "mode=755,size=64k", attributes: attributes.subtracting(.readOnly),
                flags: .makeDirectory, propagation: options.propagations.last, idMap: nil), field)
        for mount in context.cgroupMounts {
            attachCgroup(mount, at: "\(target)/\(mount.directory)", attributes, options, field: field)
            let controllers = mount.directory.split(separator: ",")
            for controller in controllers where controllers.count > 1 {
                inner(.symlink(target: mount.directory, path: "\(target)/\(controller)", replaces: false), field)
            }
        }
        if attributes.contains(.readOnly) { inner(.setReadOnly(target), field) }
    }

    private mutating func attachCgroup(
        _ mount: PlanContext.CgroupMount, at target: String, _ attributes: MountAttributes, _ options: MountOptions, field: String
    ) {
        guard let source = mount.source else {
            let data = ([mount.options] + options.data).filter { !$0.isEmpty }.joined(separator: ",")
            inner(
                .mount(
                    type: mount.type, source: "cgroup", target: target, options: data, attributes: attributes, flags: .makeDirectory,
                    propagation: options.propagations.last, idMap: nil), field)
            return
        }
        var bind = BindMount(source: source)
        bind.set = attributes
        if !options.propagations.isEmpty { bind.propagations = options.propagations }
        inner(.attach(slot: plan.slot(of: bind), target: target, flags: .makeDirectory), field)
    }
}
