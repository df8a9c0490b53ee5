import CShim
import Glibc
import LinuxSystem

/// The engine's sockets for a terminal's master (`--console-socket`) and for a descriptor of the process (`--pidfd-socket`).
enum ConsoleSocket {
    /// Connects.
    ///
    /// - Throws: `ApusError` naming the path.
    static func connect(_ path: String, _ name: String = "console socket") throws(ApusError) -> OwnedFD {
        guard path.utf8.count < 108 else { throw ApusError(.invalidArgument, "cannot use \(name) \(path): its path is longer than 107 bytes") }
        let socket = OwnedFD(
            adopting: try systemCall("cannot make a socket") { Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0) })
        var address = socketAddress(path)
        try systemCall("cannot connect to \(name) \(path)") { [raw = socket.raw] in
            unsafe withAddress(&address) { pointer, size in unsafe Glibc.connect(raw, pointer, size) }
        }
        return socket
    }

    /// Sends a descriptor of a process, by which the engine signals it whatever becomes of its number.
    static func sendProcess(_ pid: Int32, to path: String) throws(ApusError) {
        let socket = try connect(path, "pidfd socket")
        let process = try ProcessHandle(pid: pid)
        let name = Array("pidfd".utf8)
        let raw = socket.raw
        try systemCall("cannot send the process to pidfd socket \(path)") { [descriptor = process.descriptor.raw] in
            unsafe apus_send_message(raw, name, name.count, [descriptor], 1)
        }
    }

    /// Sends the master; engines show the text that comes with it as its name.
    static func send(_ master: Int32, to socket: Int32) throws(ApusError) {
        let name = Array("/dev/ptmx".utf8)
        try systemCall("cannot send the terminal to the console socket") { unsafe apus_send_message(socket, name, name.count, [master], 1) }
    }
}
