import CShim
import Glibc
import LinuxSystem

/// A listening Unix socket that a runtime is to connect to and hand descriptors over: a console's, or a seccomp listener's.
final class Socket {
    let path: String
    private let listener: Int32
    private var kept: [Int32] = []

    init(_ path: String) throws {
        self.path = path
        listener = try systemCall("cannot make a socket") { socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let listener = self.listener
        try systemCall("cannot bind \(path)") {
            unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(listener, $0, length) }
            }
        }
        try systemCall("cannot listen on \(path)") { listen(listener, 1) }
    }

    deinit { for descriptor in kept + [listener] { close(descriptor) } }

    /// Waits for the one message: its bytes and its descriptors, which stay open as long as this value.
    func receive(seconds: Int32 = isSlow ? 60 : 10) throws -> (message: String, descriptors: [Int32]) {
        var waiting = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
        let end = monotonicNanoseconds() + UInt64(seconds) * 1_000_000_000
        // A signal of another test's child is no answer.
        while unsafe poll(&waiting, 1, 100) <= 0 && monotonicNanoseconds() < end {}
        guard waiting[0].revents != 0 else { throw ApusError(.system, "nobody connected to \(path)") }
        let connection = try systemCall("cannot accept") { accept(listener, nil, nil) }
        kept.append(connection)
        var bytes = [UInt8](repeating: 0, count: 65536)
        var descriptors = [Int32](repeating: -1, count: 8)
        var received = 0
        let count = unsafe apus_receive_message(connection, &bytes, bytes.count, &descriptors, descriptors.count, &received)
        guard count >= 0 else { throw ApusError(errno: errno, "cannot receive from \(path)") }
        let given = Array(descriptors[..<received])
        kept += given
        return (String(decoding: bytes[..<count], as: UTF8.self), given)
    }

    /// Waits for a console's descriptor and reads what is shown there until the text came, or until its last user is gone.
    func console(until text: String? = nil, seconds: Double = isSlow ? 60 : 10) throws -> String {
        let descriptors = try receive().descriptors
        guard let console = descriptors.first else { throw ApusError(.system, "no descriptor came with the console's message") }
        let end = monotonicNanoseconds() + UInt64(seconds * 1e9)
        var shown = ""
        while text.map({ !shown.contains($0) }) ?? true {
            if monotonicNanoseconds() > end { throw ApusError(.system, "the console only showed \(shown.debugDescription)") }
            var waiting = [pollfd(fd: console, events: Int16(POLLIN), revents: 0)]
            guard unsafe poll(&waiting, 1, 100) > 0 else { continue }
            var chunk = [UInt8](repeating: 0, count: 4096)
            let count = unsafe read(console, &chunk, chunk.count)
            if count <= 0 { break }  // EIO: nobody has the other side open
            shown += String(decoding: chunk[..<count], as: UTF8.self)
        }
        return shown
    }
}
