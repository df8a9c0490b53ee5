public import LinuxSystem

/// A kernel parameter that a container may have for itself, because a namespace holds it.
public struct Sysctl: Hashable, Sendable {
    /// The namespace that holds a parameter.
    public enum Owner: Sendable {
        /// System V objects and POSIX message queues.
        case ipc
        /// Everything below net.
        case network
        /// The NIS domain name.
        case uts
    }

    /// The file below /proc/sys, for example `net/ipv4/ip_forward`.
    public let path: String
    /// The namespace that must be the container's own.
    public let owner: Owner

    /// Finds the parameter by name, with dots (`net.ipv4.conf.eth0/1.forwarding`) or with slashes (`net/ipv4/conf/eth0.1/forwarding`).
    ///
    /// As sysctl(8) reads it, the first separator decides; the other one then stands for itself inside a component.
    ///
    /// - Throws: `ApusError` for a parameter that belongs to the whole machine, with Docker's sentence.
    public init(name: String) throws(ApusError) {
        let separator = name.first { $0 == "." || $0 == "/" } ?? "."
        let swap: [Character: Character] = separator == "." ? [".": "/", "/": "."] : [:]
        let path = String(name.map { swap[$0] ?? $0 })
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        // A name such as net/../kernel/core_pattern must not leave its branch.
        guard !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." || $0.utf8.contains(0) }), let owner = Sysctl.owner(of: path) else {
            if path == "kernel/hostname" {
                throw ApusError(.invalidArgument, "sysctl '\(name)' is not allowed", hint: "set the host name with --hostname, or hostname in config.json")
            }
            throw ApusError(.invalidArgument, "sysctl '\(name)' is not allowed", hint: "only parameters of a container's own namespaces are")
        }
        self.path = path
        self.owner = owner
    }

    /// Takes a flag of the form `name=value`.
    public static func parse(flag: String) throws(ApusError) -> (sysctl: Sysctl, value: String) {
        guard let sign = flag.firstIndex(of: "="), sign != flag.startIndex else {
            throw ApusError(.invalidArgument, "sysctl '\(flag)' is not allowed", hint: "write it as name=value")
        }
        return (try Sysctl(name: String(flag[..<sign])), String(flag[flag.index(after: sign)...]))
    }

    /// Refuses the parameter where its namespace is the host's.
    public func validate(ownNetwork: Bool, ownIPC: Bool, ownUTS: Bool) throws(ApusError) {
        let (own, kind) =
            switch owner {
            case .network: (ownNetwork, "network")
            case .ipc: (ownIPC, "ipc")
            case .uts: (ownUTS, "uts")
            }
        if !own { throw ApusError(.invalidArgument, "sysctl '\(path)' is not allowed in the host's \(kind) namespace") }
    }

    private static func owner(of path: String) -> Owner? {
        if path.hasPrefix("net/") { return .network }
        if path.hasPrefix("fs/mqueue/") || ipcNames.contains(path) { return .ipc }
        return path == "kernel/domainname" ? .uts : nil
    }

    private static let ipcNames: Set = [
        "kernel/msgmax", "kernel/msgmnb", "kernel/msgmni", "kernel/sem", "kernel/shmall", "kernel/shmmax", "kernel/shmmni",
        "kernel/shm_rmid_forced",
    ]
}
