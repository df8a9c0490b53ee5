import CShim
import Glibc
import LinuxSystem

/// The socket at which a created container waits for `start`.
///
/// Whether the process still listens there is the truth about `created` and `running`, whatever was written down before a crash.
enum StartSocket {
    private static let name = "start"

    /// Listens in a state directory; the container's process gets the descriptor.
    static func listen(in directory: borrowing OwnedFD) throws(ApusError) -> OwnedFD {
        let made = try socket(flags: 0)
        var address = address(in: directory.raw)
        try systemCall("cannot make the start socket") { [raw = made.raw] in
            unsafe withAddress(&address) { pointer, size in unsafe bind(raw, pointer, size) }
        }
        try systemCall("cannot listen at the start socket") { [raw = made.raw] in Glibc.listen(raw, 16) }
        return made
    }

    /// Connects to a process that waits; nil where none does.
    static func connect(_ directory: String) throws(ApusError) -> OwnedFD? {
        let place: OwnedFD
        do { place = try openFile(directory, openPathOnly | O_DIRECTORY) } catch  where error.errno == ENOENT { return nil }
        let made = try socket(flags: Int32(SOCK_NONBLOCK.rawValue))
        var address = address(in: place.raw)
        do {
            try systemCall("cannot reach the process that waits for start") { [raw = made.raw] in
                unsafe withAddress(&address) { pointer, size in unsafe Glibc.connect(raw, pointer, size) }
            }
        } catch  where error.errno == ECONNREFUSED || error.errno == ENOENT {
            return nil
        }
        return made
    }

    /// Whether a process waits.
    ///
    /// A full queue of those who ask, before a frozen process, means that it does.
    static func isAwaited(_ directory: String) -> Bool {
        do throws(ApusError) { return try connect(directory) != nil } catch { return error.errno == EAGAIN }
    }

    private static func socket(flags: Int32) throws(ApusError) -> OwnedFD {
        OwnedFD(
            adopting: try systemCall("cannot make a socket") {
                Glibc.socket(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | flags, 0)
            })
    }

    /// The detour by the descriptor keeps the name below the 107 bytes of a socket address.
    private static func address(in directory: Int32) -> sockaddr_un { socketAddress("/proc/self/fd/\(directory)/\(name)") }
}
