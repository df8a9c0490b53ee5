import CShim
import Glibc
public import LinuxSystem

/// Asks the kernel about one network namespace, and changes it, by netlink(7).
public struct NetlinkSocket: ~Copyable {
    /// Whom a socket speaks to.
    public enum Subsystem: Int32, Sendable {
        /// Links, addresses, routes: rtnetlink(7).
        case route = 0
        /// nftables and others: nfnetlink.
        case netfilter = 12
    }

    let socket: OwnedFD
    private var sequence: UInt32 = 0
    private var room = [UInt8](repeating: 0, count: 65536)

    /// Opens a socket of the namespace behind a descriptor; -1 for our own.
    public init(_ subsystem: Subsystem = .route, namespace: Int32 = -1) throws(ApusError) {
        socket = OwnedFD(adopting: try systemCall("cannot open a netlink socket") { apus_netlink_socket(namespace, subsystem.rawValue) })
    }

    /// The descriptor, to wait for.
    public var descriptor: Int32 { socket.raw }

    /// Hands over the socket itself.
    public consuming func take() -> OwnedFD { socket }

    /// Sends a request and waits for its end.
    ///
    /// A list that changed while the kernel made it is asked for again.
    ///
    /// - Parameter action: what is being done, for the error.
    /// - Returns: the messages that came before the end.
    /// - Throws: `ApusError` with the kernel's errno, and its words where it gave some.
    @discardableResult
    public mutating func ask(
        _ request: NetlinkMessage, _ flags: NetlinkMessage.Flags = [], to action: @autoclosure () -> String
    ) throws(ApusError) -> [NetlinkMessage] {
        let flags = flags.union(request.flags)
        let isDump = flags.contains(.dump)
        for _ in 0..<20 {
            let out = request.encoded(isDump ? [.request, flags] : [.request, .acknowledge, flags], sequence: next())
            try send(out, action())
            if let answers = try collect(action()) { return answers }
        }
        throw ApusError(.system, "cannot \(action()): it changed each time that it was listed")
    }

    /// Sends several requests at once, which the kernel does one after the other; one that fails does not keep it from the next.
    ///
    /// - Throws: `ApusError` of the first that failed, when all are done.
    public mutating func ask(_ requests: [NetlinkMessage], to action: @autoclosure () -> String) throws(ApusError) {
        if requests.isEmpty { return }
        let first = sequence + 1
        let out = requests.flatMap { $0.encoded([.request, .acknowledge, $0.flags], sequence: next()) }
        try send(out, action())
        try acknowledged(first...sequence, action())
    }

    mutating func next() -> UInt32 {
        sequence += 1
        return sequence
    }

    func send(_ bytes: [UInt8], _ action: @autoclosure () -> String) throws(ApusError) {
        let raw = socket.raw
        try systemCall("cannot \(action())") { unsafe Glibc.send(raw, bytes, bytes.count, 0) }
    }

    /// The messages of the next datagram.
    mutating func receive(_ action: @autoclosure () -> String, flags: Int32 = 0) throws(ApusError) -> [NetlinkMessage] {
        let raw = socket.raw
        let length = try systemCall("cannot \(action())") { unsafe apus_netlink_receive(raw, &room, room.count, flags) }
        if length > room.count { throw ApusError(.system, "cannot \(action()): the kernel's answer has \(length) bytes") }
        return NetlinkMessage.list(room[..<length])
    }

    /// Waits until every number of a range is acknowledged; what belongs to no request of ours is left out.
    mutating func acknowledged(_ numbers: ClosedRange<UInt32>, _ action: @autoclosure () -> String) throws(ApusError) {
        var left = numbers.count
        var failure: ApusError?
        while left > 0 {
            for message in try receive(action()) where numbers.contains(message.sequence) && message.kind == NetlinkMessage.error {
                left -= 1
                if let error = Self.failure(message, action()), failure == nil { failure = error }
            }
        }
        if let failure { throw failure }
    }

    /// The answers up to the end; nil for a list that was interrupted.
    private mutating func collect(_ action: @autoclosure () -> String) throws(ApusError) -> [NetlinkMessage]? {
        var answers: [NetlinkMessage] = []
        var isInterrupted = false
        while true {
            for message in try receive(action()) where message.sequence == sequence {
                if message.flags.contains(.interrupted) { isInterrupted = true }
                switch message.kind {
                case NetlinkMessage.error:
                    if let error = Self.failure(message, action()) { throw error }
                    return answers
                case NetlinkMessage.done:
                    let error = message.number(0, as: Int32.self)
                    if error < 0 { throw ApusError(errno: -error, "cannot \(action())") }
                    return isInterrupted ? nil : answers
                default: answers.append(message)
                }
            }
        }
    }

    /// What an answer of the kind error says; nil for an acknowledgement.
    static func failure(_ message: NetlinkMessage, _ action: @autoclosure () -> String) -> ApusError? {
        let errno = -message.number(0, as: Int32.self)
        if errno == 0 { return nil }
        // NLMSGERR_ATTR_MSG has the words. The request's header stands between.
        let words = message.flags.contains(.withAttributes) ? message.attributes(after: 20)[1] : nil
        let text = words.map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return ApusError(errno: errno, "cannot \(action())", hint: text.map { "the kernel says: \($0)" })
    }
}
