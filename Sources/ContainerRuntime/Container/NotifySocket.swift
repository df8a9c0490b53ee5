import Glibc
import LinuxSystem
import OCISpec

/// The way of a program's `READY=1` to the service manager that started the runtime (sd_notify(3), NOTIFY_SOCKET), as runc has it.
///
/// The program finds a socket of ours at /run/notify/notify.sock. What it says there goes on once: that it is ready, and which process to watch.
struct NotifySocket: ~Copyable {
    private static let name = "notify"
    private static let file = "notify.sock"
    private static let inside = "/run/notify"

    /// The manager's socket; nil where there is none.
    static var host: String? {
        guard let value = unsafe getenv("NOTIFY_SOCKET") else { return nil }
        let path = unsafe String(cString: value)
        return path.isEmpty ? nil : path
    }

    /// Gives a container its socket's directory.
    ///
    /// - Parameter directory: the container's state directory, in which it is made.
    static func prepare(_ spec: inout Spec, in directory: String) throws(ApusError) {
        guard host != nil else { return }
        try makeDirectories("\(directory)/\(name)")
        let options = ["bind", "nosuid", "noexec", "nodev", "ro"]
        spec.mounts = (spec.mounts ?? []) + [Mount(destination: inside, type: "bind", source: "\(directory)/\(name)", options: options)]
        let environment = (spec.process?.env ?? []).filter { !$0.hasPrefix("NOTIFY_SOCKET=") }
        spec.process?.env = environment + ["NOTIFY_SOCKET=\(inside)/\(file)"]
    }

    /// Where the program's words come in; negative where nobody is to be told.
    let descriptor: OwnedFD
    private let host: String

    /// Nobody is to be told.
    static var none: NotifySocket { NotifySocket(descriptor: .none, host: "") }

    private init(descriptor: consuming OwnedFD, host: String) {
        self.descriptor = descriptor
        self.host = host
    }

    /// Listens in a container's state directory, before the program runs.
    static func listen(in directory: String) throws(ApusError) -> NotifySocket {
        guard let host, fileExists("\(directory)/\(name)") else { return .none }
        let place = try openDirectory("\(directory)/\(name)")
        let socket = try datagram()
        var address = socketAddress("/proc/self/fd/\(place.raw)/\(file)")
        _ = unsafe unlinkat(place.raw, file, 0)
        try systemCall("cannot make the notification socket in \(directory)") { [raw = socket.raw] in
            unsafe withAddress(&address) { pointer, size in unsafe bind(raw, pointer, size) }
        }
        // Whoever the program runs as may write to it.
        try systemCall("cannot open the notification socket to all") { [raw = place.raw] in unsafe fchmodat(raw, file, 0o777, 0) }
        return NotifySocket(descriptor: socket, host: host)
    }

    private static func datagram() throws(ApusError) -> OwnedFD {
        OwnedFD(adopting: try systemCall("cannot make a socket") { Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0) })
    }

    /// Waits until the program is ready, and tells the manager; returns too when the process has ended.
    ///
    /// - Parameter watched: the process that the manager is to watch from now on.
    func waitUntilReady(_ process: borrowing ProcessHandle, watched: Int32) throws(ApusError) {
        if descriptor.raw < 0 { return }
        while true {
            var set = [pollfd(fd: descriptor.raw, events: Int16(POLLIN), revents: 0), pollfd(fd: process.descriptor.raw, events: Int16(POLLIN), revents: 0)]
            try systemCall("cannot wait for the program to be ready") { unsafe poll(&set, 2, -1) }
            if set[0].revents != 0, try passOn(watched: watched) { return }
            if set[0].revents == 0 && set[1].revents != 0 { return }
        }
    }

    /// Takes one message; whether the program is ready, which the manager has been told then.
    func passOn(watched: Int32) throws(ApusError) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let length = try systemCall("cannot hear the program") { [raw = descriptor.raw] in unsafe recv(raw, &buffer, buffer.count, Int32(MSG_DONTWAIT)) }
        let lines = buffer[..<length].split(separator: 10)
        guard let ready = lines.first(where: { $0.starts(with: "READY=".utf8) }) else { return false }
        let socket = try Self.datagram()
        for message in [Array(ready) + [10], Array("MAINPID=\(watched)\n".utf8)] { try tell(message, socket.raw) }
        return true
    }

    /// One message to the manager; a name that starts with @ is an abstract one.
    private func tell(_ message: [UInt8], _ socket: Int32) throws(ApusError) {
        var address = socketAddress(host)
        var size = socklen_t(MemoryLayout<sockaddr_un>.size)
        if host.hasPrefix("@") {
            unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0[0] = 0 }
            size = socklen_t(MemoryLayout<sa_family_t>.size + host.utf8.count)
        }
        try systemCall("cannot tell the service manager at \(host) (NOTIFY_SOCKET)") {
            unsafe withAddress(&address) { pointer, _ in
                Int32(unsafe sendto(socket, message, message.count, Int32(MSG_NOSIGNAL), pointer, size))
            }
        }
    }
}
