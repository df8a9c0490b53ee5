extension SeccompNames {
    /// The architectures of the specification that the libseccomp in this program knows.
    static var architectures: [String] {
        [
            "AARCH64", "ARM", "LOONGARCH64", "M68K", "MIPS", "MIPS64", "MIPS64N32", "MIPSEL", "MIPSEL64", "MIPSEL64N32", "PARISC", "PARISC64", "PPC",
            "PPC64", "PPC64LE", "RISCV64", "S390", "S390X", "SH", "SHEB", "X32", "X86", "X86_64",
        ].map { "SCMP_ARCH_" + $0 }.filter { (try? architecture($0, field: "")) != nil }
    }

    /// The flags of the specification that are honoured.
    static var flags: [String] {
        ["LOG", "SPEC_ALLOW", "TSYNC", "WAIT_KILLABLE_RECV"].map { "SECCOMP_FILTER_FLAG_" + $0 }.filter { (try? flag($0, field: "")) != nil }
    }
}
