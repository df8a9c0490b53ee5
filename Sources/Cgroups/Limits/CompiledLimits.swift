package import LinuxSystem
package import OCISpec

/// The files that limits and device rules come to, as `file = value`, without a host: for tests that feed in whatever there is.
package func compiledLimits(_ resources: LinuxResources, unified: Bool, isLive: Bool) throws(ApusError) -> [String] {
    let version: CgroupVersion = unified ? .v2 : .v1
    var context = LimitContext(version: { (_, _) throws(ApusError) in version })
    context.isLive = isLive
    context.current = { _, _ in isLive ? "9223372036854771712" : nil }
    let rules = try deviceRules(resources.devices ?? [])
    return try compile(resources, context).map { "\($0.file) = \($0.value)" } + ["\(deviceProgram(rules).count) instructions"]
}
