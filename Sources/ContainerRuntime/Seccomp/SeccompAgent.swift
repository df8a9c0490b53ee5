import CShim
import Glibc
import JSONCoding
public import LinuxSystem
public import OCISpec

/// What an agent is told with a filter's listener (config-linux.md, "The Container Process State").
struct ContainerProcessState: Encodable {
    var ociVersion: String
    /// The names of the descriptors that come along, in their order.
    var fds = ["seccompFd"]
    /// The process that the filter is of.
    var pid: Int
    var metadata: String?
    var state: State
}

/// The supervisor behind `linux.seccomp.listenerPath`: it answers the calls for which the filter says SCMP_ACT_NOTIFY.
///
/// The order: the container's process loads the filter; the monitor takes the listener from it and sends it to the client in a frame 'l'
/// (apus_launch_plan.h); the client calls `send` and answers with a frame 'l'; only then does the process go on.
public struct SeccompAgent: Sendable {
    /// The socket that the agent listens on.
    public let path: String
    /// `linux.seccomp.listenerMetadata`.
    public let metadata: String?

    /// The agent of a profile.
    ///
    /// - Throws: `ApusError` where the profile names none, or has metadata for none.
    public init(_ profile: LinuxSeccomp) throws(ApusError) {
        try SeccompAgent.validate(profile)
        guard let path = profile.listenerPath, !path.isEmpty else {
            throw ApusError(.invalidArgument, "linux.seccomp.listenerPath is missing, and SCMP_ACT_NOTIFY needs it")
        }
        self.path = path
        metadata = profile.listenerMetadata
    }

    /// Metadata without a listener has no receiver.
    static func validate(_ profile: LinuxSeccomp) throws(ApusError) {
        if profile.listenerPath?.isEmpty != false && profile.listenerMetadata?.isEmpty == false {
            throw ApusError(.invalidArgument, "linux.seccomp.listenerMetadata must come with linux.seccomp.listenerPath")
        }
    }

    /// Hands a listener to the agent, over a connection of its own.
    ///
    /// - Parameters:
    ///   - listener: the descriptor; it stays the caller's, to be closed when the container goes on.
    ///   - pid: the process with the filter: the container's first, or one of an exec.
    ///   - state: the container; `creating` when it is its first process.
    /// - Throws: `ApusError` naming the socket.
    public func send(listener: borrowing OwnedFD, of pid: Int32, state: State) throws(ApusError) {
        let content = ContainerProcessState(ociVersion: state.ociVersion, pid: Int(pid), metadata: metadata, state: state)
        let bytes = try writeJSON(content)
        let socket = try connectStream(to: path, "failed to connect with seccomp agent \(path) (linux.seccomp.listenerPath)")
        let raw = socket.raw
        // All of it fits in one message but for enormous annotations; the descriptor goes with the first.
        let descriptors = [listener.raw]
        let sent = try systemCall("cannot send to the seccomp agent \(path) (linux.seccomp.listenerPath)") {
            unsafe apus_send_message(raw, bytes, bytes.count, descriptors, 1)
        }
        try writeAll(raw, Array(bytes[sent...]), name: "to the seccomp agent \(path) (linux.seccomp.listenerPath)")
    }
}
