import CommandLine
import OCISpec

/// `--platform os/arch[/variant]`.
enum PlatformFlag {
    /// Declares the flag; help says what it is for.
    static func flag(_ help: String) -> Flag<Platform?> { Flag.value("platform", value: "string", help: "\(help): os[/arch[/variant]]", parse: parse) }

    /// One word is a system or a processor, as for Docker; the kernel's names of processors mean Go's.
    @Sendable static func parse(_ text: String) throws(InvalidValue) -> Platform {
        let parts = text.lowercased().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (1...3).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else { throw InvalidValue("it is os[/arch[/variant]]") }
        if parts.count == 1, parts[0] != "linux" { return try parse("linux/\(parts[0])") }
        guard parts[0] == "linux" else { throw InvalidValue("images for \(parts[0]) cannot run here: it is linux[/arch[/variant]]") }
        let architecture = parts.count > 1 ? architectures[parts[1]] ?? parts[1] : Platform.host.architecture
        return Platform(os: "linux", architecture: architecture, variant: parts.count > 2 ? parts[2] : nil)
    }

    private static let architectures = ["x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64", "armhf": "arm", "armel": "arm", "i386": "386"]
}
