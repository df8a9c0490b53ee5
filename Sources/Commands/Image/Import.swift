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
    static let platform = Flag.value("platform", value: "string", help: "Set platform of the image: os[/arch[/variant]]", parse: platform)

    static let command = Command(
        "import", abstract: "Import the contents from a tarball to create a filesystem image",
        positionals: Positionals("FILE|- [REPOSITORY[:TAG]]", completing: .file, .image), flags: [change, message, platform],
        action: { parsed in
            try Engine.requireRoot(to: "import images")
            let source = parsed.positionals[0]
            if source.hasPrefix("http://") || source.hasPrefix("https://") {
                throw ApusError(.notSupported, "cannot import \(source): fetching is not there", hint: "curl \(source) | apus import -")
            }
            if source == "-", isatty(0) == 1 { throw ApusError(.invalidArgument, "cannot import from stdin: it is a terminal", hint: "give a file") }
            let image = try Globals.engine(parsed).importImage(
                from: source == "-" ? .standardInput : .path(source), name: try imageName(parsed.positionals.dropFirst().first), message: parsed[message],
                changes: parsed[change], platform: parsed[platform] ?? .host)
            output(image.id.description)
            return 0
        })

    @Sendable private static func platform(_ text: String) throws(InvalidValue) -> Platform {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 3, parts.allSatisfy({ !$0.isEmpty }), parts[0] == "linux" else { throw InvalidValue("it is linux[/arch[/variant]]") }
        return Platform(os: parts[0], architecture: parts.count > 1 ? parts[1] : Platform.host.architecture, variant: parts.count > 2 ? parts[2] : nil)
    }
}

/// The name for a new image.
func imageName(_ text: String?) throws(ApusError) -> ImageReference? {
    guard let text else { return nil }
    let name = try ImageReference(text)
    if name.digest != nil { throw ApusError(.invalidArgument, "cannot name an image \(text): a new image's digest is not known before") }
    return name
}
