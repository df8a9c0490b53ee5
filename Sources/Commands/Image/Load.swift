import CommandLine
import Engine
import Glibc
import ImageStore
import LinuxSystem

/// `apus load`: images from an archive, a directory or stdin.
enum Load {
    static let input = Flag.string("input", short: "i", completing: .file, help: "Read from tar archive file, instead of STDIN")
    static let quiet = Flag.bool("quiet", short: "q", help: "Suppress the load output")
    static let platform = PlatformFlag.flag("Load only the image for this platform")

    static let sync = Flag.bool("sync", help: "Wait until the image is on the disk, safe from a power cut")

    static let command = Command(
        "load", abstract: "Load an image from a tar archive or STDIN",
        discussion: """
            Archives of docker save and podman save, OCI layouts (as tar or directory) and tars of root filesystems, packed with gzip, zstd, xz, bzip2 or \
            not at all. Of an image for several platforms the host's is taken, or the one of --platform.

            A killed load leaves nothing. A power cut within the next half minute may leave files of the image empty, as with other engines: apus \
            system check --repair finds and mends that, and --sync rules it out.
            """,
        flags: [input, quiet, platform, sync] + UnpackFlags.all,
        action: { parsed in
            try Engine.requireRoot(to: "load images")
            let archive: ImageArchive
            if let path = parsed[input], path != "-" {
                archive = .path(path)
            } else if isatty(0) == 1 {
                throw Failure(ApusError(.invalidArgument, "requested load from stdin, but stdin is a terminal", hint: "give a file with -i"), status: 1)
            } else {
                archive = .descriptor(0, name: "stdin")
            }
            var options = LoadOptions()
            options.platform = parsed[platform]
            if parsed[sync] { options.durability = .synced }
            try UnpackFlags.apply(parsed, to: &options)
            let store = Globals.engine(parsed).images
            let images = try LoadProgressLine.run("Loading", isQuiet: parsed[quiet], options.cancellation) { report throws(ApusError) in
                try store.load(from: archive, options: options, progress: report)
            }
            for image in images where !parsed[quiet] {
                if image.references.isEmpty { output("Loaded image ID: \(image.id)") }
                for reference in image.references { output("Loaded image: \(reference)") }
            }
            return 0
        })
}
