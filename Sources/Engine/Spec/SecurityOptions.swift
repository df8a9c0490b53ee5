public import LinuxSystem

/// `--security-opt`, read.
public struct SecurityOptions: Sendable, Equatable {
    /// Which filter of system calls holds.
    public enum Seccomp: Sendable, Equatable {
        /// As strict as Docker's.
        case standard
        /// None.
        case unconfined
        /// A profile in Docker's JSON form.
        case profile(String)
    }

    /// Which filter of system calls holds.
    public var seccomp = Seccomp.standard
    /// Whether execs give no privileges.
    public var noNewPrivileges = false
    /// Whether nothing below /proc and /sys is masked or read-only.
    public var unconfinedSystemPaths = false

    /// Reads the options in Docker's forms (`key=value` and the old `key:value`).
    ///
    /// - Throws: `ApusError` naming an option that Apus does not have.
    public init(_ options: [String]) throws(ApusError) {
        for option in options {
            let separator = option.firstIndex(of: "=") ?? option.firstIndex(of: ":")
            let key = separator.map { String(option[..<$0]) } ?? option
            let value = separator.map { String(option[option.index(after: $0)...]) }
            switch (key, value) {
            case ("no-new-privileges", nil), ("no-new-privileges", "true"): noNewPrivileges = true
            case ("no-new-privileges", "false"): noNewPrivileges = false
            case ("seccomp", "unconfined"): seccomp = .unconfined
            case ("seccomp", "default"), ("seccomp", "builtin"): seccomp = .standard
            case ("seccomp", let profile?): seccomp = .profile(profile)
            case ("systempaths", "unconfined"): unconfinedSystemPaths = true
            case ("apparmor", "unconfined"), ("label", "disable"): break  // Apus sets no label of either kind
            case ("apparmor", _), ("label", _):
                throw ApusError(.notSupported, "--security-opt \(option): \(key == "label" ? "SELinux labels" : "AppArmor profiles") are not supported yet")
            default: throw ApusError(.invalidArgument, "invalid --security-opt: \"\(option)\"")
            }
        }
    }

    /// Replaces `seccomp=FILE` by `seccomp=<the file's content>`, so that a container keeps its profile whatever becomes of the file.
    public static func embeddingFiles(_ options: [String]) throws(ApusError) -> [String] {
        var result: [String] = []
        for option in options {
            guard case .profile(let path) = try SecurityOptions([option]).seccomp, !path.hasPrefix("{") else {
                result.append(option)
                continue
            }
            result.append("seccomp=\(String(decoding: try readFile(path, limit: 4 << 20), as: UTF8.self))")
        }
        return result
    }
}
