import LinuxSystem
import OCISpec

extension SpecBuilder {
    /// Docker's mounts, the files of /etc, and the user's, parents before what lies below them.
    func mounts() throws(ApusError) -> [Mount] {
        var mounts = DefaultSpec.mounts(shmSize: settings.shmSize.map { UInt64($0) } ?? DefaultSpec.shmSize, privileged: settings.privileged)
        for file in ["resolv.conf", "hostname", "hosts"] {
            mounts.append(Mount(destination: "/etc/\(file)", type: "bind", source: "\(paths.running(record.id))/\(file)", options: ["rbind", "rprivate"]))
        }
        var own: [Mount] = []
        for mount in settings.mounts { own.append(specification(of: mount)) }
        let targets = Set(own.map(\.destination))
        // A /dev, /sys or /etc of the user's own comes with what is below it.
        mounts.removeAll { mount in targets.contains { mount.destination == $0 || mount.destination.hasPrefix("\($0)/") } }
        return mounts + own.sorted { $0.destination.split(separator: "/").count < $1.destination.split(separator: "/").count }
    }

    private func specification(of mount: MountSetting) -> Mount {
        switch mount.kind {
        case .tmpfs:
            let options = ["nosuid", "nodev"] + (mount.options.contains("exec") ? [] : ["noexec"]) + mount.options + (mount.readOnly ? ["ro"] : [])
            return Mount(destination: mount.target, type: "tmpfs", source: "tmpfs", options: options)
        case .bind:
            let propagation = mount.options.contains { Self.propagations.contains($0) } ? [] : ["rprivate"]
            return Mount(
                destination: mount.target, type: "bind", source: mount.source, options: ["rbind"] + propagation + mount.options + (mount.readOnly ? ["ro"] : [])
            )
        case .volume:
            return Mount(
                destination: mount.target, type: "bind", source: "\(paths.volumes)/\(mount.source)/_data",
                options: ["rbind", "rprivate"] + mount.options + (mount.readOnly ? ["ro"] : []))
        }
    }

    private static let propagations: Set = ["private", "rprivate", "shared", "rshared", "slave", "rslave"]
}
