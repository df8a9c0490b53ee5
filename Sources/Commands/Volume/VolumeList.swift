import CommandLine
import Engine
import LinuxSystem

/// `apus volume ls`.
enum VolumeList {
    static let quiet = Flag.bool("quiet", short: "q", help: "Only display volume names")

    static let command = Command(
        "ls", aliases: ["list"], abstract: "List volumes",
        flags: [OutputFlags.format, quiet, RefusedFlag("filter", short: "f", because: "filters of volumes are not there yet")],
        action: { parsed in
            let rows = try Globals.engine(parsed).volumes().map { volume in
                Value.object([
                    ("Driver", "local"), ("Name", .string(volume.name)), ("Mountpoint", .string(volume.directory)), ("Scope", "local"),
                    ("Labels", .string(volume.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ","))),
                ])
            }
            output(try listing.text(rows, format: parsed[OutputFlags.format], quiet: parsed[quiet]))
            return 0
        })

    private static let listing = Listing(
        columns: [.init("Driver", "DRIVER"), .init("Name", "VOLUME NAME")],
        others: [.init("Mountpoint", "MOUNTPOINT"), .init("Scope", "SCOPE"), .init("Labels", "LABELS")], quietField: "Name")
}

/// `apus volume inspect`.
enum VolumeInspect {
    static let command = Command(
        "inspect", abstract: "Display detailed information on one or more volumes",
        positionals: Positionals("VOLUME [VOLUME...]", completing: VolumeGroup.completion), flags: [OutputFlags.format],
        action: { parsed in
            let engine = Globals.engine(parsed)
            var values: [Value] = []
            var status: Int32 = 0
            for name in parsed.positionals {
                do throws(ApusError) {
                    let volume = try engine.volume(name)
                    values.append(
                        .object([
                            ("CreatedAt", .string(volume.created)), ("Driver", "local"), ("Labels", .map(volume.labels)),
                            ("Mountpoint", .string(volume.directory)), ("Name", .string(volume.name)), ("Options", nil), ("Scope", "local"),
                        ]))
                } catch {
                    notice("apus: \(error)")
                    status = 1
                }
            }
            output(try inspection(values, format: parsed[OutputFlags.format]))
            return status
        })
}
