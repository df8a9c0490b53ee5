import CommandLine
import Engine
import Glibc
import LinuxSystem

/// `apus cp`: files between a container and the host.
enum Copy {
    static let archive = Flag.bool("archive", short: "a", help: "Archive mode (copy all uid/gid information)")
    static let followLink = Flag.bool("follow-link", short: "L", help: "Always follow symbol link in SRC_PATH")
    static let quiet = Flag.bool("quiet", short: "q", help: "Suppress progress output during copy")

    static let command = Command(
        "cp", abstract: "Copy files/folders between a container and the local filesystem",
        discussion: "SRC_PATH of a container or of the host; '-' reads a tar from stdin or writes one to stdout. DIR/. is what is in DIR.",
        positionals: Positionals("[CONTAINER:]SRC_PATH|- [CONTAINER:]DEST_PATH|-", completing: .file, .file), flags: [archive, followLink, quiet],
        action: { parsed in
            try Engine.requireRoot(to: "copy files of containers")
            let engine = Globals.engine(parsed)
            var options = CopyOptions()
            options.keepsOwners = parsed[archive]
            options.followsLink = parsed[followLink]
            let source = try end(parsed.positionals[0], engine, 0, "stdin")
            let target = try end(parsed.positionals[1], engine, 1, "stdout")
            if case .stream(let fd, _) = source, isatty(fd) == 1 {
                throw ApusError(.invalidArgument, "cannot copy from stdin: it is a terminal", hint: "redirect a tar to it")
            }
            if case .stream(let fd, _) = target, isatty(fd) == 1 {
                throw ApusError(.invalidArgument, "cannot copy to stdout: it is a terminal", hint: "redirect it")
            }
            let bytes = try engine.copy(from: source, to: target, options)
            let isHeard = parsed.isSet(quiet) ? !parsed[quiet] : isatty(2) == 1
            if isHeard { notice("Successfully copied \(humanSize(Double(bytes), precision: 3)) to \(parsed.positionals[1])") }
            return 0
        })

    /// `CONTAINER:PATH`, `-`, or a path of the host, which may hold a colon behind a slash or a dot.
    private static func end(_ text: String, _ engine: Engine, _ stream: Int32, _ name: String) throws(ApusError) -> CopyEnd {
        if text == "-" { return .stream(stream, name: name) }
        guard !text.hasPrefix("/"), !text.hasPrefix("."), let colon = text.firstIndex(of: ":") else { return .host(Globals.absolute(text)) }
        let path = String(text[text.index(after: colon)...])
        if path.isEmpty { throw ApusError(.invalidArgument, "invalid path \"\(text)\": the path in the container is missing") }
        return .container(try engine.containers.find(String(text[..<colon])), path.hasPrefix("/") ? path : "/\(path)")
    }
}
