import CSeccomp
import Glibc
import OCISpec

/// The head of a program, which answers ENOSYS for calls newer than the profile.
///
/// A profile lists what its author knew. A C library tries a newer call first and falls back to an older one on ENOSYS, but not on
/// EPERM: with the default action alone, programs break on every new kernel. So, as in runc, a call with a number above the highest one
/// that the profile names on that architecture is "not there". Erring is safe in both directions: nothing is allowed by it. Calls that were
/// numbered out of order below the highest one still get the default action.
///
/// The head begins by loading the architecture, as libseccomp's own first instruction does, so its code can follow unchanged.
struct UnknownCalls {
    /// Whether a profile gets the head: only where unnamed calls fail, and not with ENOSYS already.
    static func apply(to profile: LinuxSeccomp, defaultAction: UInt32) -> Bool {
        !SeccompNames.permits(defaultAction) && profile.defaultErrnoRet != UInt32(ENOSYS)
    }

    /// The code for the seccomp(2) filter, to stand before libseccomp's.
    let instructions: [FilterInstruction]

    /// Finds the highest number of every architecture and writes the head; empty where no call is named.
    ///
    /// - Parameter architectures: libseccomp's tokens; the native one is always taken along.
    init(_ rules: [LinuxSyscall], architectures: [UInt32]) {
        let native = seccomp_arch_native()
        var sections = [Section]()
        for token in [native] + architectures.filter({ $0 != native }) {
            var highest: Int32 = 0
            for rule in rules {
                for name in rule.names { highest = max(highest, SeccompFilter.number(of: name, architecture: token) ?? 0) }
            }
            if highest > 0 { Section.add(token: token, highest: UInt32(highest), to: &sections) }
        }
        var code = [FilterInstruction]()
        // The last section comes first here: a jump to the filter passes what was written after it.
        for section in sections.reversed() { code = section.instructions(toFilter: code.count) + code }
        if !code.isEmpty { code.insert(.load(4), at: 0) }
        instructions = code
    }

    /// What the kernel calls one architecture; x32 is x86_64 with a bit in the number (syscall(2)).
    private struct Section {
        let audit: UInt32
        var highest: UInt32?
        var highestX32: UInt32?

        static func add(token: UInt32, highest: UInt32, to sections: inout [Section]) {
            let isX32 = token == Section.x32
            let audit = isX32 ? Section.x86_64 : token
            let index = sections.firstIndex { $0.audit == audit } ?? sections.endIndex
            if index == sections.endIndex { sections.append(Section(audit: audit)) }
            if isX32 { sections[index].highestX32 = highest } else { sections[index].highest = highest }
        }

        /// Entered with the architecture loaded, left to the next section with it still loaded.
        func instructions(toFilter distance: Int) -> [FilterInstruction] {
            let never = UInt32.max
            var body: [FilterInstruction]
            if audit == Section.x86_64 {
                body = [
                    .jump(.anyBit, Section.x32Bit, yes: 1, no: 0),
                    .jump(.above, highest ?? never, yes: 1, no: 2),
                    .jump(.above, highestX32 ?? never, yes: 0, no: 1),
                ]
            } else if audit == Section.s390 || audit == Section.s390x {
                // The kernel shows a call that it does not know as number 0.
                body = [.jump(.equal, 0, yes: 1, no: 0), .jump(.above, highest ?? never, yes: 0, no: 1)]
            } else {
                body = [.jump(.above, highest ?? never, yes: 0, no: 1)]
            }
            body = [.load(0)] + body + [.answer(0x0005_0000 | UInt32(ENOSYS)), .skip(UInt32(distance))]
            return [.jump(.equal, audit, yes: 0, no: UInt8(body.count))] + body
        }

        private static let x86_64 = unsafe seccomp_arch_resolve_name("x86_64")
        private static let x32 = unsafe seccomp_arch_resolve_name("x32")
        private static let s390 = unsafe seccomp_arch_resolve_name("s390")
        private static let s390x = unsafe seccomp_arch_resolve_name("s390x")
        private static let x32Bit: UInt32 = 1 << 30
    }
}
