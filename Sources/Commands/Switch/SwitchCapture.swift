import CShim
import CommandLine
import Glibc
import LinuxSystem
import SwitchControl

/// `apus switch capture`: the frames of ports as a pcapng file or stream.
enum SwitchCapture {
    static let write = Flag.string("write", short: "w", value: "file", default: "-", completing: .file, help: "The file to write; - is stdout")
    static let count = Flag.int("count", short: "c", value: "frames", help: "End after so many frames")
    static let length = Flag.int("snaplen", short: "s", value: "bytes", default: 262_144, help: "How many bytes of each frame are kept")

    static let command = Command(
        "capture", abstract: "Write the frames of ports as pcapng, which Wireshark and tcpdump read",
        discussion: """
            Frames are seen as they come from a port, before the switch decides, and as they leave by it. Segments that the kernel has not split yet are \
            whole. Ctrl-C ends the capture; stderr then says how many frames there were, and how many were lost because the file was too slow.

            To look at once: apus switch capture web | tcpdump -nr -
            """,
        positionals: Positionals("PORT [PORT...]", completing: SwitchGroup.port), flags: [write, count, length],
        action: { try run($0) })

    private static func run(_ parsed: ParsedCommand) throws -> Int32 {
        let path = parsed[write]
        if path == "-" && isatty(1) == 1 { throw ApusError(.invalidArgument, "cowardly refusing to write a capture to a terminal", hint: "use -w or redirect") }
        guard (1...262_144).contains(parsed[length]) else { throw ApusError(.invalidArgument, "--snaplen must be from 1 to 262144") }
        let client = try SwitchGroup.look(parsed)
        let sources = try client.capture(parsed.positionals)
        defer { for source in sources { close(source.socket) } }
        let file = path == "-" ? OwnedFD.none : try openFile(path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
        let target = path == "-" ? 1 : file.raw
        let writer = PcapngWriter(length: UInt32(parsed[length]))
        let ports = sources.map { (name: $0.source.port, interface: $0.source.interface) }
        try writeAll(target, writer.header(application: "apus \(ApusVersion.number)", ports: ports), name: path)
        let limit = parsed[count] ?? .max
        let taken = try FrameReader(sockets: sources.map(\.socket)).read(limit: limit) { frame throws(ApusError) in
            try writeAll(
                target,
                writer.frame(frame.bytes, whole: frame.length, time: frame.time, port: frame.source, frame.isOutgoing ? .outgoing : .incoming), name: path)
        }
        notice("\(taken.frames) frames captured, \(taken.lost) lost")
        return 0
    }
}
