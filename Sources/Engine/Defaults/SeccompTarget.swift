public import ContainerRuntime
import Glibc

/// For whom a seccomp profile with conditions is resolved.
public struct SeccompTarget: Sendable {
    /// The bounding set of the container.
    public var capabilities: CapabilitySet
    /// The architecture by the name that images use, for example `amd64`.
    public var architecture: String
    /// The kernel; the running one where nil, asked for only when a rule depends on it.
    public var kernel: KernelVersion?

    /// Names a target; architecture and kernel are this machine's.
    public init(capabilities: CapabilitySet, architecture: String = SeccompTarget.nativeArchitecture, kernel: KernelVersion? = nil) {
        self.capabilities = capabilities
        self.architecture = architecture
        self.kernel = kernel
    }

    /// The first two numbers of a kernel release.
    public struct KernelVersion: Comparable, Sendable {
        /// The first number.
        public let version: Int
        /// The second number.
        public let patchLevel: Int

        /// Makes a version from its numbers.
        public init(_ version: Int, _ patchLevel: Int) {
            self.version = version
            self.patchLevel = patchLevel
        }

        /// The version that a text such as `4.8` or `6.1.0-18-amd64` begins with; nil where it begins otherwise.
        public init?(_ text: String) {
            let parts = text.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count >= 2, let version = Int(parts[0]), let patchLevel = Int(parts[1].prefix(while: \.isWholeNumber)) else { return nil }
            self.init(version, patchLevel)
        }

        /// Compares by number.
        public static func < (left: KernelVersion, right: KernelVersion) -> Bool {
            (left.version, left.patchLevel) < (right.version, right.patchLevel)
        }

        /// The version of the running kernel (uname(2)); 0.0 where it cannot be read, so that no rule for newer kernels applies.
        public static let running: KernelVersion = {
            var names = utsname()
            guard unsafe uname(&names) == 0 else { return KernelVersion(0, 0) }
            let release = unsafe withUnsafeBytes(of: &names.release) { raw in unsafe String(decoding: raw.prefix(while: { $0 != 0 }), as: UTF8.self) }
            return KernelVersion(release) ?? KernelVersion(0, 0)
        }()
    }

    /// The architecture that this program was compiled for.
    public static var nativeArchitecture: String {
        #if arch(x86_64)
            "amd64"
        #elseif arch(arm64)
            "arm64"
        #elseif arch(arm)
            "arm"
        #elseif arch(i386)
            "386"
        #elseif arch(s390x)
            "s390x"
        #elseif arch(powerpc64le)
            "ppc64le"
        #elseif arch(riscv64)
            "riscv64"
        #else
            #error("name this architecture as images do")
        #endif
    }
}
