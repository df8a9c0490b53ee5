import CSeccomp
import CShim
import Glibc
import LinuxSystem

/// A filter under construction in libseccomp (seccomp_init(3)).
@safe struct SeccompFilter: ~Copyable {
    private let context: scmp_filter_ctx

    /// Starts a filter for the native architecture.
    init(defaultAction: UInt32) throws(ApusError) {
        // Without this libseccomp probes the kernel with system calls: what is built must depend on the profile alone. Apus needs Linux 6.1.
        _ = SeccompFilter.apiLevel
        guard let context = unsafe seccomp_init(defaultAction) else { throw ApusError(.system, "cannot start a seccomp filter: libseccomp refused") }
        unsafe self.context = unsafe context
    }

    deinit { unsafe seccomp_release(context) }

    private static let apiLevel = seccomp_api_set(6)

    /// Adds an architecture whose calls are filtered by the same rules; calls of all others are killed.
    borrowing func add(architecture token: UInt32, name: String, field: String) throws(ApusError) {
        let result = unsafe seccomp_arch_add(context, token)
        if result == 0 || result == -EEXIST { return }
        if result == -EDOM { throw ApusError(.notSupported, "cannot use \(field): \(name) has another byte order than this machine") }
        throw ApusError(errno: -result, "cannot add \(name) to the seccomp filter")
    }

    /// Adds a rule; all conditions must hold.
    borrowing func add(_ action: UInt32, call: (name: String, number: Int32), where conditions: [scmp_arg_cmp]) throws(ApusError) {
        let result = unsafe conditions.withUnsafeBufferPointer { list in
            unsafe seccomp_rule_add_array(context, action, call.number, UInt32(list.count), list.baseAddress)
        }
        if result == -EEXIST { throw SeccompNames.invalid("two rules for \(call.name) contradict each other") }
        if result != 0 { throw ApusError(errno: -result, "cannot add \(call.name) to the seccomp filter") }
    }

    /// The program in the host's byte order.
    borrowing func export() throws(ApusError) -> [UInt8] {
        // libseccomp 2.5 writes to descriptors only.
        let file = OwnedFD(adopting: try systemCall("cannot make a memory file") { unsafe apus_memfd_create("seccomp", closeOnExec) })
        let raw = file.raw
        let result = unsafe seccomp_export_bpf(context, raw)
        if result != 0 { throw ApusError(errno: -result, "cannot generate the seccomp filter") }
        try systemCall("cannot rewind the seccomp filter") { lseek(raw, 0, Int32(SEEK_SET)) }
        return try readAll(file, name: "the seccomp filter")
    }

    /// The number of a call on an architecture (token 0: the native one); nil where libseccomp does not know the name.
    ///
    /// Negative numbers stand for calls that this architecture has not but another one has.
    static func number(of name: String, architecture token: UInt32 = 0) -> Int32? {
        if name.utf8.contains(0) { return nil }
        let number = unsafe seccomp_syscall_resolve_name_arch(token == 0 ? seccomp_arch_native() : token, name)
        return number == -1 ? nil : number
    }
}

// MFD_CLOEXEC, which Glibc's module does not show (memfd_create(2)).
private let closeOnExec: UInt32 = 1
