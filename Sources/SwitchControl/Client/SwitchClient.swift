import Glibc
public import LinuxSystem

/// A connection to `apus-switchd`: one request at a time, each answered before the next.
///
/// The daemon answers only programs of its own user and root.
public struct SwitchClient: ~Copyable {
    let socket: OwnedFD

    init(socket: consuming OwnedFD) { self.socket = socket }

    /// Connects to the daemon of an instance.
    ///
    /// - Returns: nil where none runs.
    public static func connect(_ paths: SwitchPaths) throws(ApusError) -> SwitchClient? {
        let socket = OwnedFD(
            adopting: try systemCall("cannot make a socket") { Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0) })
        var address = socketAddress(paths.socket)
        do {
            try systemCall("cannot reach apus-switchd at \(paths.socket)") { [raw = socket.raw] in
                unsafe withAddress(&address) { pointer, size in unsafe Glibc.connect(raw, pointer, size) }
            }
        } catch  where error.errno == ECONNREFUSED || error.errno == ENOENT {
            return nil
        }
        // A daemon that hangs is told to the user, not waited for.
        var patience = timeval(tv_sec: 30, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            try systemCall("cannot set the patience of a socket") { [raw = socket.raw] in
                unsafe setsockopt(raw, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
            }
        }
        return SwitchClient(socket: socket)
    }

    /// Carries out changes, all or none, and waits until they are in force.
    ///
    /// - Returns: for each change a number: of a port its number, of rules how many were concerned, otherwise 0.
    /// - Throws: `ApusError` saying which change was refused and why.
    @discardableResult
    public func change(_ changes: Change...) throws(ApusError) -> [UInt32] { try change(changes) }

    /// Carries out changes, all or none, and waits until they are in force.
    ///
    /// - Returns: for each change a number: of a port its number, of rules how many were concerned, otherwise 0.
    /// - Throws: `ApusError` saying which change was refused and why.
    @discardableResult
    public func change(_ changes: [Change]) throws(ApusError) -> [UInt32] {
        guard case .done(let numbers) = try ask(.change(changes)) else { throw SwitchClient.unexpected }
        return numbers
    }

    /// Asks and waits for the reply.
    ///
    /// - Throws: the daemon's error, or `ApusError` for a connection that broke.
    public func ask(_ request: Request) throws(ApusError) -> Reply {
        try send(request)
        return try receive()
    }

    /// Sends a request whose replies `receive` gives.
    public func send(_ request: Request) throws(ApusError) {
        let bytes = try request.encoded()
        let raw = socket.raw
        var done = 0
        while done < bytes.count {
            done += try systemCall("cannot ask apus-switchd") {
                unsafe bytes.withUnsafeBytes { buffer in
                    unsafe Glibc.send(raw, buffer.baseAddress! + done, buffer.count - done, Int32(MSG_NOSIGNAL))
                }
            }
        }
    }

    /// Waits for the next reply.
    ///
    /// - Throws: the daemon's error, or `ApusError` for a connection that broke.
    public func receive() throws(ApusError) -> Reply {
        guard let frame = try Frame(try read(Frame.headSize)[...]), frame.kind == .reply else { throw SwitchClient.unexpected }
        let message = try read(frame.length)
        // An error has the same form in every version.
        if frame.version != Frame.version && message.first != 0 {
            throw ApusError(
                .notSupported, "apus-switchd speaks version \(frame.version) of the control protocol and apus version \(Frame.version)",
                hint: "restart apus-switchd")
        }
        let reply = try Reply(message: message)
        if case .failed(let error) = reply { throw error }
        return reply
    }

    func read(_ count: Int) throws(ApusError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let raw = socket.raw
        var done = 0
        while done < count {
            let received = try systemCall("cannot hear apus-switchd") {
                unsafe bytes.withUnsafeMutableBytes { buffer in unsafe recv(raw, buffer.baseAddress! + done, count - done, 0) }
            }
            if received == 0 { throw ApusError(.system, "apus-switchd ended before it answered", hint: "its log says why") }
            done += received
        }
        return bytes
    }

    static var unexpected: ApusError { ApusError(.malformed, "apus-switchd answered something else than was asked for") }
}
