import CShim
import Glibc
import LinuxSystem

/// The engine's socket for a terminal's master (`--console-socket`).
enum ConsoleSocket {
    /// Connects.
    ///
    /// - Throws: `ApusError` naming the path.
    static func connect(_ path: String) throws(ApusError) -> OwnedFD {
        guard path.utf8.count < 108 else { throw ApusError(.invalidArgument, "cannot use console socket \(path): its path is longer than 107 bytes") }
        let socket = OwnedFD(
            adopting: try systemCall("cannot make a socket") { Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0) })
        var address = socketAddress(path)
        try systemCall("cannot connect to console socket \(path)") { [raw = socket.raw] in
            unsafe withAddress(&address) { pointer, size in unsafe Glibc.connect(raw, pointer, size) }
        }
        return socket
    }

    /// Sends the master; engines show the text that comes with it as its name.
    static func send(_ master: Int32, to socket: Int32) throws(ApusError) {
        let name = Array("/dev/ptmx".utf8)
        try systemCall("cannot send the terminal to the console socket") { unsafe apus_send_message(socket, name, name.count, [master], 1) }
    }
}
