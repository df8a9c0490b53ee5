import Cgroups
import ContainerRuntime
import ImageStore
public import LinuxSystem
import OCISpec

extension Engine {
    /// The launch plan of a request as a readable list.
    ///
    /// Nothing is made.
    public func explain(_ request: CreateRequest) throws(ApusError) -> String {
        let record = try draft(request)
        let host = try CgroupHost.detect()
        let root = try OverlayMount(base: images.layerBase, lower: record.layers).mountDetached()
        let builder = try SpecBuilder(record, paths: paths)
        let spec = try builder.specification(accounts: try AccountDatabase(root: root), withSeccomp: false)
        var context = PlanContext()
        context.seccomp = try builder.seccompProgram(cache: seccompCache)
        context.cgroup = .join(unified: host.unified != nil, tasks: [])
        context.cgroupMounts = PlanContext.mounts(host) { !Set($0.controllers).isDisjoint(with: ["memory", "devices"]) }
        if record.settings.networkMode == .own { context.inherited = .network }
        context.kept = [.lock, .containerDirectory, .runDirectory]
        if record.settings.useInit { context.flags.insert(.initProcess) }
        return try PlanCompiler.start(spec, context).text()
    }
}
