import CSeccomp
public import OCISpec

/// What a built program depends on: the profile, the library, the native architecture and this code's version.
///
/// The whole of it is kept in the program's file and compared, so no two profiles are ever taken for each other, whoever made them.
public struct SeccompKey: Equatable, Sendable {
    /// All of it; no other key has the same.
    let bytes: [UInt8]

    /// Raise it when the same profile must be built into another program.
    private static let version: UInt64 = 1

    /// The key of any profile.
    ///
    /// The bytes are made straight from the values. Texts end with 0xFF and lists with 0xFE, which UTF-8 never uses, numbers
    /// have a fixed width, so no two profiles have the same bytes.
    public init(of profile: LinuxSeccomp) {
        var form = Form()
        // Docker's profile takes 5.5 KB.
        form.bytes.reserveCapacity(8192)
        form.add(SeccompKey.version)
        form.add(SeccompKey.library)
        form.add(UInt64(seccomp_arch_native()))
        form.add(profile.defaultAction)
        form.add(profile.defaultErrnoRet)
        form.add(profile.architectures ?? [])
        form.add(profile.flags ?? [])
        for rule in profile.syscalls ?? [] {
            form.add(rule.action)
            form.add(rule.errnoRet)
            form.add(rule.names)
            form.add(UInt64(rule.args?.count ?? 0))
            for arg in rule.args ?? [] {
                form.add(UInt64(arg.index))
                form.add(arg.value)
                form.add(arg.valueTwo ?? 0)
                form.add(arg.op)
            }
        }
        bytes = form.bytes
    }

    /// The key of a profile that this program brings along: it need not even be made to find its filter.
    ///
    /// - Parameter identity: another number for every profile and every version of it.
    /// - Parameter capabilities: what the profile was resolved for.
    public init(builtIn identity: UInt64, capabilities: CapabilitySet) {
        var form = Form()
        form.add(identity)
        form.add(capabilities.mask)
        form.add(SeccompKey.library)
        form.add(UInt64(seccomp_arch_native()) << 32 | SeccompKey.version)
        bytes = form.bytes
    }

    /// The name of the file that holds the program, 16 hexadecimal digits: a place to look at, whose content says whether it is the right one.
    var fileName: String {
        // FNV-1a
        let hash = bytes.reduce(0xCBF2_9CE4_8422_2325) { (hash: UInt64, byte) in (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: SeccompKey.nameLength - digits.count) + digits
    }

    /// The length of `fileName`.
    static let nameLength = 16

    private static let library: UInt64 = {
        guard let version = unsafe seccomp_version()?.pointee else { return 0 }
        return UInt64(version.major) << 32 | UInt64(version.minor) << 16 | UInt64(version.micro)
    }()

    private struct Form {
        var bytes = [UInt8]()

        mutating func add(_ text: String) {
            bytes.append(contentsOf: text.utf8)
            bytes.append(0xFF)
        }

        mutating func add(_ list: [String]) {
            for text in list { add(text) }
            bytes.append(0xFE)
        }

        mutating func add(_ number: UInt64) {
            unsafe withUnsafeBytes(of: number.littleEndian) { word in unsafe bytes.append(contentsOf: word) }
        }

        mutating func add(_ number: UInt32?) { add(number.map(UInt64.init) ?? UInt64.max) }
    }
}
