import CommandLine
import Engine
import ImageStore
import LinuxSystem
import OCISpec

/// `apus inspect`: everything about containers and images.
enum Inspect {
    static let format = Flag.string(
        "format", short: "f", help: "Format output using a custom template: 'json' (one line) or 'TEMPLATE' (Go templates)")
    static let size = Flag.bool("size", short: "s", help: "Display total file sizes if the type is container")
    static let type = Flag.string(
        "type", completing: .words(["container", "image"]), help: "Only inspect objects of the given type: container or image")

    static let platform = PlatformFlag.flag("Inspect the image only if it is of this platform")

    static let command = Command(
        "inspect", abstract: "Return low-level information on Apus objects", positionals: Positionals("NAME|ID [NAME|ID...]", completing: .container),
        flags: [format, size, type],
        action: { parsed in
            let kind = parsed[type] ?? ""
            guard ["", "container", "image"].contains(kind) else {
                throw ApusError(.invalidArgument, "\"\(kind)\" is not a valid value for --type", hint: "container or image")
            }
            return try run(parsed, Globals.engine(parsed), kind: kind)
        })

    /// `apus image inspect`.
    static let image = Command(
        "inspect", abstract: "Display detailed information on one or more images", positionals: Positionals("IMAGE [IMAGE...]", completing: .image),
        flags: [format, platform], action: { parsed in try run(parsed, Globals.engine(parsed), kind: "image") })

    /// Prints what is there, then says what is not.
    private static func run(_ parsed: ParsedCommand, _ engine: Engine, kind: String) throws -> Int32 {
        var values: [Value] = []
        var errors: [ApusError] = []
        for name in parsed.positionals {
            do throws(ApusError) {
                values.append(try value(name, engine, kind: kind, withSize: parsed[size], parsed[platform]))
            } catch {
                errors.append(error)
            }
        }
        output(try inspection(values, format: parsed[format]))
        for error in errors { notice("apus: \(error)") }
        return errors.isEmpty ? 0 : 1
    }

    private static func value(_ name: String, _ engine: Engine, kind: String, withSize: Bool, _ platform: Platform?) throws(ApusError) -> Value {
        if kind != "image" {
            do throws(ApusError) {
                let record = try engine.containers.find(name)
                guard let view = try engine.containers.view(of: record) else { throw ApusError(.notFound, "no such container: \(name)") }
                return ContainerInspection(view, engine: engine, size: withSize ? try engine.size(of: record) : nil).value
            } catch  where error.code == .notFound && kind.isEmpty {
                // It may be an image.
            }
        }
        do {
            let image = try engine.images.inspect(name)
            if let platform { try image.config.platform.require(platform, of: name) }
            return imageInspection(image)
        } catch  where kind.isEmpty && (error.code == .notFound || error.code == .invalidArgument) {
            throw ApusError(.notFound, "no such object: \(name)")
        }
    }
}
