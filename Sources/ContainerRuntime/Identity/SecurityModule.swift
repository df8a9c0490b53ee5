import LinuxSystem

/// A module of the kernel that gives programs labels at exec.
public enum SecurityModule: String, Sendable, CaseIterable {
    /// Profiles by name (`process.apparmorProfile`).
    case appArmor = "AppArmor"
    /// Labels of processes and mounts (`process.selinuxLabel`, `linux.mountLabel`).
    case selinux = "SELinux"

    /// Whether this kernel has the module and it is in force.
    public var isEnabled: Bool {
        switch self {
        case .appArmor: (try? readText("/sys/module/apparmor/parameters/enabled"))?.first == "Y"
        case .selinux: fileExists("/sys/fs/selinux/enforce")
        }
    }

    /// The file, and the text for it, that gives the next exec of the calling thread a label (proc(5)).
    ///
    /// AppArmor's own file: the common one belongs to the first module of several.
    func execLabel(_ label: String) -> (path: String, text: String) {
        switch self {
        case .appArmor: ("/proc/thread-self/attr/apparmor/exec", "exec \(label)")
        case .selinux: ("/proc/thread-self/attr/exec", label)
        }
    }
}
