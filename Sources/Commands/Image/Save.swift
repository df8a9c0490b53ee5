import CommandLine
import Engine
import ImageStore
import LinuxSystem

/// `apus save`: images as an archive.
enum Save {
    static let format = Flag.value(
        "format", value: "string", default: SaveFormat.dockerArchive, defaultText: "\"docker-archive\"",
        completing: .words(SaveFormat.allCases.map(\.rawValue)), help: "Form of the archive: docker-archive, which holds an OCI layout too, or oci"
    ) { text throws(InvalidValue) in
        // Podman's name for it.
        if text == "oci-archive" { return .oci }
        guard let format = SaveFormat(rawValue: text) else { throw InvalidValue("known are docker-archive and oci") }
        return format
    }

    static let quiet = Flag.bool("quiet", short: "q", help: "Show no progress")

    static let command = Command(
        "save", abstract: "Save one or more images to a tar archive (streamed to STDOUT by default)",
        positionals: Positionals("IMAGE [IMAGE...]", completing: .image),
        flags: [format, OutputFile.flag, quiet, RefusedFlag("platform", because: "an image of the store is of one platform")],
        action: { parsed in
            let images = Globals.engine(parsed).images
            let cancellation = Cancellation()
            try LoadProgressLine.run("Saving", isQuiet: parsed[quiet], cancellation) { report throws(ApusError) in
                try OutputFile.write(parsed) { fd, name throws(ApusError) in
                    try images.save(parsed.positionals, format: parsed[format], to: fd, name: name, cancellation: cancellation, progress: report)
                }
            }
            return 0
        })
}
