import CommandLine
import Engine
import Glibc
import ImageStore
import LinuxSystem

/// `apus load`: images from an archive, a directory or stdin.
enum Load {
    static let input = Flag.string("input", short: "i", completing: .file, help: "Read from tar archive file, instead of STDIN")
    static let quiet = Flag.bool("quiet", short: "q", help: "Suppress the load output")

    static let command = Command(
        "load", abstract: "Load an image from a tar archive or STDIN",
        flags: [input, quiet, RefusedFlag("platform", because: "choosing a platform is not there yet")],
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
            let showsProgress = LoadProgressLine.isWanted && !parsed[quiet]
            let images = try load(archive, Globals.engine(parsed).images, showsProgress: showsProgress)
            for image in images where !parsed[quiet] {
                if image.references.isEmpty { output("Loaded image ID: \(image.id)") }
                for reference in image.references { output("Loaded image: \(reference)") }
            }
            return 0
        })

    private static func load(_ archive: ImageArchive, _ store: ImageStore, showsProgress: Bool) throws -> [LoadedImage] {
        let options = LoadOptions()
        let interruption = try Interruption(options.cancellation.cancel)
        return try interruption.run { () throws(ApusError) in
            guard showsProgress else { return try store.load(from: archive, options: options) }
            let line = LoadProgressLine("Loading")
            defer { line.clear() }
            return try store.load(from: archive, options: options) { line.show($0) }
        }
    }
}
