import CommandLine
import Engine
import Glibc
import ImageStore
import LinuxSystem
import OCISpec

/// `apus import`: an image from the tar of a root filesystem.
enum Import {
    static let change = Flag.list("change", short: "c", help: "Apply Dockerfile instruction to the created image")
    static let message = Flag.string("message", short: "m", help: "Set commit message for imported image")
    static let platform = PlatformFlag.flag("Set platform of the image")
    static let quiet = Flag.bool("quiet", short: "q", help: "Show no progress")

    static let command = Command(
        "import", abstract: "Import the contents from a tarball to create a filesystem image",
        positionals: Positionals("FILE|- [REPOSITORY[:TAG]]", completing: .file, .image), flags: [change, message, platform, quiet] + UnpackFlags.all,
        action: { parsed in
            try Engine.requireRoot(to: "import images")
            let source = parsed.positionals[0]
            if source.hasPrefix("http://") || source.hasPrefix("https://") {
                throw ApusError(.notSupported, "cannot import \(source): fetching is not there", hint: "curl \(source) | apus import -")
            }
            if source == "-", isatty(0) == 1 { throw ApusError(.invalidArgument, "cannot import from stdin: it is a terminal", hint: "give a file") }
            var options = LoadOptions()
            options.platform = parsed[platform]
            try UnpackFlags.apply(parsed, to: &options)
            let engine = Globals.engine(parsed)
            let name = try imageName(parsed.positionals.dropFirst().first)
            let image = try LoadProgressLine.run("Importing", isQuiet: parsed[quiet], options.cancellation) { [options] report throws(ApusError) in
                try engine.importImage(
                    from: source == "-" ? .standardInput : .path(source), name: name, message: parsed[message], changes: parsed[change],
                    options: options, progress: report)
            }
            output(image.id.description)
            return 0
        })
}

/// The name for a new image.
func imageName(_ text: String?) throws(ApusError) -> ImageReference? {
    guard let text else { return nil }
    let name = try ImageReference(text)
    if name.digest != nil { throw ApusError(.invalidArgument, "cannot name an image \(text): a new image's digest is not known before") }
    return name
}
