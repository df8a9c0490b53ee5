import CommandLine
import LinuxSystem

/// `apus-runtime checkpoint` and `restore`, which engines ask about and which are not there.
enum Checkpoint {
    static let checkpoint = Command(
        "checkpoint", abstract: "Checkpoint a running container (not there: refused)", positionals: "ID [ARG...]", interspersed: false, hidden: true,
        action: { _ in throw ApusError(.notSupported, "cannot checkpoint a container: that is not there") })

    static let restore = Command(
        "restore", abstract: "Restore a container from a previous checkpoint (not there: refused)", positionals: "ID [ARG...]", interspersed: false,
        hidden: true, action: { _ in throw ApusError(.notSupported, "cannot restore a container: that is not there") })
}
