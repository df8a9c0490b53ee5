import Glibc
import LinuxSystem

/// A connection to systemd's own socket, without a message broker between (`/run/systemd/private`).
struct SystemdBus: ~Copyable {
    private let socket: OwnedFD
    private var serial: UInt32 = 0
    /// Jobs that ended before they were asked for, with their results.
    private var ended = [String: String]()

    /// Connects to the system's manager, or to the user's own where the caller is rootless.
    init(isRootless: Bool) throws(ApusError) {
        let folder = isRootless ? environment("XDG_RUNTIME_DIR") : "/run"
        guard let folder, !folder.isEmpty else {
            throw ApusError(.notSupported, "systemd cgroups need a running systemd: XDG_RUNTIME_DIR, where the user's would be, is not set")
        }
        let path = "\(folder)/systemd/private"
        do {
            try self.init(adopting: Self.connected(path))
        } catch {
            throw ApusError(.notSupported, "systemd cgroups need a running systemd: \(error.message)", errno: error.errno)
        }
    }

    /// Takes over a connected socket and says who calls (EXTERNAL: the kernel tells the other side).
    init(adopting socket: consuming OwnedFD) throws(ApusError) {
        self.socket = socket
        let user = String(geteuid()).utf8.map { String($0, radix: 16) }.joined()
        try writeAll(self.socket.raw, [0] + Array("AUTH EXTERNAL \(user)\r\n".utf8), name: "to systemd")
        var line = [UInt8]()
        while line.suffix(2) != [13, 10] && line.count < 256 { line += try receive(1) }
        guard line.starts(with: "OK ".utf8) else { throw ApusError(.permissionDenied, "systemd does not let this user in") }
        try writeAll(self.socket.raw, Array("BEGIN\r\n".utf8), name: "to systemd")
    }

    private static func connected(_ path: String) throws(ApusError) -> OwnedFD {
        let made = OwnedFD(
            adopting: try systemCall("cannot make a socket") {
                Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            })
        let raw = made.raw
        // A manager that hangs must not hang the runtime.
        var limit = timeval(tv_sec: 30, tv_usec: 0)
        unsafe setsockopt(raw, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < 108 else { throw ApusError(.invalidArgument, "cannot connect to \(path): the path is too long") }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { room in
            for (index, byte) in path.utf8.enumerated() { unsafe room[index] = byte }
        }
        try systemCall("cannot connect to \(path)") {
            unsafe withUnsafePointer(to: &address) { pointer in
                unsafe connect(raw, UnsafeRawPointer(pointer).assumingMemoryBound(to: sockaddr.self), socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        return made
    }

    /// Starts a transient scope and waits until it is there.
    mutating func startScope(_ unit: String, _ properties: [BusProperty]) throws(ApusError) {
        let job = try call("StartTransientUnit", "ssa(sv)a(sa(sv))", of: unit) { writer in
            writer.string(unit)
            writer.string("replace")
            writer.properties(properties)
            writer.array(of: 8) { _ in }
        }
        let result = try wait(for: job.strings.first ?? "")
        guard result == "done" else { throw ApusError(.system, "systemd could not start unit \(unit): \(result)") }
    }

    /// Changes properties of a unit until it ends.
    mutating func setProperties(_ properties: [BusProperty], of unit: String) throws(ApusError) {
        _ = try call("SetUnitProperties", "sba(sv)", of: unit) { writer in
            writer.string(unit)
            writer.number(1)  // runtime
            writer.properties(properties)
        }
    }

    /// Stops a unit and waits for it; one that is gone already is no error.
    mutating func stop(_ unit: String) throws(ApusError) {
        do {
            let job = try call("StopUnit", "ss", of: unit) { writer in
                writer.string(unit)
                writer.string("replace")
            }
            _ = try wait(for: job.strings.first ?? "")
        } catch  where error.code == .notFound {}
    }

    /// Forgets that a unit failed, so that its name is free again.
    mutating func resetFailed(_ unit: String) {
        _ = try? call("ResetFailedUnit", "s", of: unit) { writer in writer.string(unit) }
    }

    private mutating func call(
        _ member: String, _ signature: String, of unit: String, _ body: (inout BusWriter) -> Void
    ) throws(ApusError) -> BusMessage {
        serial += 1
        try writeAll(socket.raw, BusWriter.call(member, serial: serial, signature: signature, body), name: "to systemd")
        while true {
            let message = try next()
            guard message.answers == serial, message.kind != .signal else { continue }
            if message.kind == .answer { return message }
            let code: ApusError.Code = message.errorName.hasSuffix(".NoSuchUnit") ? .notFound : message.errorName.hasSuffix(".UnitExists") ? .conflict : .system
            throw ApusError(code, "systemd refused \(member) of unit \(unit): \(message.strings.first ?? message.errorName)")
        }
    }

    private mutating func wait(for job: String) throws(ApusError) -> String {
        while true {
            if let result = ended.removeValue(forKey: job) { return result }
            _ = try next()
        }
    }

    private mutating func next() throws(ApusError) -> BusMessage {
        let head = try receive(16)
        guard let length = BusMessage.length(head), let message = BusMessage(head + (try receive(length - 16))) else {
            throw ApusError(.malformed, "systemd sent what is no message")
        }
        if message.kind == .signal, message.member == "JobRemoved", message.strings.count == 3 { ended[message.strings[0]] = message.strings[2] }
        return message
    }

    private func receive(_ count: Int) throws(ApusError) -> [UInt8] {
        var bytes = [UInt8]()
        let raw = socket.raw
        while bytes.count < count {
            var room = [UInt8](repeating: 0, count: count - bytes.count)
            let got = try systemCall("cannot hear systemd") { unsafe read(raw, &room, room.count) }
            if got == 0 { throw ApusError(.system, "systemd closed the connection") }
            bytes += room.prefix(got)
        }
        return bytes
    }
}

private func environment(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(cString: value)
}
