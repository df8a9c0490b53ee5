import Cgroups
import ContainerRuntime
import ImageStore
public import LinuxSystem
import OCISpec

extension Engine {
    /// The launch plan of a request as a readable list. Nothing is made.
    public func explain(_ request: CreateRequest) throws(ApusError) -> String {
        let record = try draft(request)
        let host = try CgroupHost.detect()
        let root = try OverlayMount(base: images.layerBase, lower: record.layers).mountDetached()
        let spec = try SpecBuilder(record, paths: paths).specification(accounts: try AccountDatabase(root: root))
        var context = PlanContext()
        if let profile = spec.linux?.seccomp { context.seccomp = try SeccompCache(directory: "\(paths.cache)/seccomp").program(for: profile) }
        context.cgroup = .join(unified: host.unified != nil, tasks: [])
        context.cgroupMounts = PlanContext.mounts(host)
        context.kept = [.lock, .containerDirectory, .runDirectory, .log]
        if record.settings.useInit { context.flags.insert(.initProcess) }
        return try PlanCompiler.start(spec, context).text()
    }
}
