import CSeccomp
import Glibc
import LinuxSystem
import OCISpec

/// The words of config.json as libseccomp's numbers; what is wrong is named by its field.
enum SeccompNames {
    /// SCMP_ACT_NOTIFY.
    static let notify: UInt32 = 0x7fc0_0000

    /// The number of an action.
    ///
    /// The low 16 bits carry the errno, or the message for a tracer; EPERM where there is none, as in runc.
    static func action(_ name: String, errnoRet: UInt32?, field: String) throws(ApusError) -> UInt32 {
        // The specification wants an error where the number would have no effect.
        guard errnoRet == nil || name == "SCMP_ACT_ERRNO" || name == "SCMP_ACT_TRACE" || !LinuxSeccomp.actions.contains(name) else {
            throw invalid("\(field) is \(name), which takes no errno")
        }
        let data = errnoRet ?? UInt32(EPERM)
        switch name {
        case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD": return 0
        case "SCMP_ACT_KILL_PROCESS": return 0x8000_0000
        case "SCMP_ACT_TRAP": return 0x0003_0000
        case "SCMP_ACT_NOTIFY": return notify
        case "SCMP_ACT_LOG": return 0x7ffc_0000
        case "SCMP_ACT_ALLOW": return 0x7fff_0000
        case "SCMP_ACT_ERRNO":
            // The kernel would quietly cut a larger one (seccomp(2), MAX_ERRNO).
            guard data <= 4095 else { throw invalid("the errno \(data) of \(field) is above 4095") }
            return 0x0005_0000 | data
        case "SCMP_ACT_TRACE":
            guard data <= 0xffff else { throw invalid("the number \(data) of \(field) is above 65535") }
            return 0x7ff0_0000 | data
        default: throw invalid("\(field) is \"\(name)\", which is no action")
        }
    }

    /// Whether calls that the profile does not name still reach the kernel (or a tracer that knows better).
    static func permits(_ action: UInt32) -> Bool {
        switch action & 0xffff_0000 {
        case 0x7fff_0000, 0x7ffc_0000, 0x7ff0_0000: true
        default: false
        }
    }

    /// The number of a comparison.
    static func comparison(_ name: String, field: String) throws(ApusError) -> scmp_compare {
        switch name {
        case "SCMP_CMP_NE": SCMP_CMP_NE
        case "SCMP_CMP_LT": SCMP_CMP_LT
        case "SCMP_CMP_LE": SCMP_CMP_LE
        case "SCMP_CMP_EQ": SCMP_CMP_EQ
        case "SCMP_CMP_GE": SCMP_CMP_GE
        case "SCMP_CMP_GT": SCMP_CMP_GT
        case "SCMP_CMP_MASKED_EQ": SCMP_CMP_MASKED_EQ
        default: throw invalid("\(field) is \"\(name)\", which is no comparison")
        }
    }

    /// libseccomp's token of an architecture; its own names are the specification's in lower case.
    static func architecture(_ name: String, field: String) throws(ApusError) -> UInt32 {
        let prefix = "SCMP_ARCH_"
        let token = name.hasPrefix(prefix) ? unsafe seccomp_arch_resolve_name(name.dropFirst(prefix.count).lowercased()) : 0
        guard token != 0 else { throw invalid("\(field) is \"\(name)\", which is no architecture that libseccomp knows") }
        return token
    }

    /// The bit of a flag for seccomp(2).
    static func flag(_ name: String, field: String) throws(ApusError) -> UInt32 {
        switch name {
        // One thread loads the filter, just before exec: there is nobody to synchronise with.
        case "SECCOMP_FILTER_FLAG_TSYNC": 0
        case "SECCOMP_FILTER_FLAG_LOG": 1 << 1
        case "SECCOMP_FILTER_FLAG_SPEC_ALLOW": 1 << 2
        case "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV": waitKillable
        default: throw invalid("\(field) is \"\(name)\", which is no flag")
        }
    }

    /// SECCOMP_FILTER_FLAG_NEW_LISTENER.
    static let newListener: UInt32 = 1 << 3
    /// SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV; the kernel takes it only together with a listener.
    static let waitKillable: UInt32 = 1 << 5

    static func invalid(_ message: String) -> ApusError { ApusError(.invalidArgument, "invalid seccomp profile: " + message) }
}
