import Glibc

/// One instance of Apus, named by its root directory: two roots never see or prune each other.
public struct Instance: Sendable, Equatable {
    /// What survives a reboot.
    public let root: String
    /// Eight hex digits of the root's path; they name the run directory, the cgroup parent and more.
    public let name: String

    /// The root without `--root` and `APUS_ROOT`.
    public static let standardRoot = "/var/lib/apus"

    /// Takes an absolute root, whose links are resolved where it exists already.
    public init(root: String) {
        let resolved = root == Self.standardRoot ? root : Self.resolve(root)
        self.root = resolved
        // FNV-1a: a name, not a secret.
        var hash: UInt32 = 2_166_136_261
        for byte in resolved.utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        let digits = String(hash, radix: 16)
        name = String(repeating: "0", count: 8 - digits.count) + digits
    }

    /// What must not survive a reboot, below /run.
    public var runDirectory: String { "/run/apus/\(name)" }

    private static func resolve(_ path: String) -> String {
        guard let real = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(real) }
        return unsafe String(cString: real)
    }
}
