import CShim
import Glibc
import LinuxSystem

/// The engine's sockets for a terminal's master (`--console-socket`) and for a descriptor of the process (`--pidfd-socket`).
enum ConsoleSocket {
    /// Connects.
    ///
    /// - Throws: `ApusError` naming the path.
    static func connect(_ path: String, _ name: String = "console socket") throws(ApusError) -> OwnedFD {
        try connectStream(to: path, "cannot connect to \(name) \(path)")
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
