import CommandLine
import ContainerRuntime
import Engine
import LinuxSystem
import OCISpec

/// `apus version`: the versions of Apus and of what it stands on.
enum Version {
    static let format = Flag.string("format", short: "f", help: "Format output using a custom template: 'json' or 'TEMPLATE' (Go templates)")

    static let command = Command(
        "version", abstract: "Show the Apus version information", flags: [format],
        action: { parsed in
            let kernel = try HostFacts.read().kernel
            guard let format = parsed[format], !format.isEmpty else {
                output(text(kernel: kernel))
                return 0
            }
            output(try inspectionLine(value(kernel: kernel), format: format))
            return 0
        })

    static func text(kernel: String) -> String {
        """
        Apus:
         Version:           \(ApusVersion.number)
         OCI Runtime Spec:  \(ApusVersion.runtimeSpecification)
         OS/Arch:           \(Platform.host.os)/\(Platform.host.architecture)
         Kernel Version:    \(kernel)

        """
    }

    /// The engine is part of the program: for templates written for Docker it is client and server both.
    static func value(kernel: String) -> Value {
        let engine = Value.object([
            ("Version", .string(ApusVersion.number)),
            ("RuntimeSpecification", .string(ApusVersion.runtimeSpecification)),
            ("Os", .string(Platform.host.os)),
            ("Arch", .string(Platform.host.architecture)),
            ("KernelVersion", .string(kernel)),
        ])
        return .object([("Client", engine), ("Server", engine)])
    }
}

/// What `--format` makes of a single value: JSON on one line, or the template's text.
func inspectionLine(_ value: Value, format: String) throws(TemplateError) -> String {
    format == "json" ? value.json() : try inspection([value], format: format)
}
