import CSeccomp
import LinuxSystem
public import OCISpec

extension Features {
    /// What `apus-runtime features` prints: the tables that the code itself works by, so that it tells the truth.
    public static var ofThisRuntime: Features {
        Features(
            ociVersionMin: "1.0.0", ociVersionMax: ApusVersion.runtimeSpecification, hooks: Hooks.points, mountOptions: MountOptions.recognized,
            linux: .ofThisRuntime, annotations: ["io.github.seccomp.libseccomp.version": libseccompVersion, "run.apus.version": ApusVersion.number],
            // None changes what happens.
            potentiallyUnsafeConfigAnnotations: [])
    }

    private static var libseccompVersion: String {
        guard let version = unsafe seccomp_version() else { return "unknown" }
        return unsafe "\(version.pointee.major).\(version.pointee.minor).\(version.pointee.micro)"
    }
}

extension LinuxFeatures {
    static var ofThisRuntime: LinuxFeatures {
        LinuxFeatures(
            namespaces: NamespaceKinds.byName.map(\.name).sorted(), capabilities: Capability.all.map(\.description),
            cgroup: Cgroup(v1: true, v2: true, systemd: true, systemdUser: true, rdma: true),
            seccomp: Seccomp(
                enabled: true, actions: LinuxSeccomp.actions.sorted(), operators: LinuxSeccomp.operators.sorted(), archs: SeccompNames.architectures,
                // All of them are older than the oldest kernel that Apus runs on.
                knownFlags: SeccompNames.flags, supportedFlags: SeccompNames.flags),
            apparmor: Switch(enabled: true), selinux: Switch(enabled: true), intelRdt: IntelRdt(enabled: true, schemata: true, monitoring: true),
            memoryPolicy: MemoryPolicy(modes: LinuxMemoryPolicy.modes, flags: LinuxMemoryPolicy.flags),
            mountExtensions: MountExtensions(idmap: Switch(enabled: MountOptions.recognizes("idmap"))), netDevices: Switch(enabled: true))
    }
}
