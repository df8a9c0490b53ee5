import CShim
import Glibc
import LinuxSystem

/// Asks the kernel about the links and addresses of one network namespace, and changes them (rtnetlink(7)).
struct RouteSocket: ~Copyable {
    private let socket: OwnedFD
    private var sequence: UInt32 = 0

    /// Opens a socket of the namespace behind a descriptor; -1 for our own.
    init(namespace: Int32) throws(ApusError) {
        socket = OwnedFD(adopting: try systemCall("cannot open a netlink socket") { apus_route_socket(namespace) })
    }

    /// Sends a request and waits for its end.
    ///
    /// - Parameter action: what is being done, for the error.
    /// - Returns: the messages that came before the end.
    /// - Throws: `ApusError` with the kernel's errno, and its words where it gave some.
    @discardableResult
    mutating func ask(_ request: RouteMessage, _ flags: RouteMessage.Flags = [], to action: @autoclosure () -> String) throws(ApusError) -> [RouteMessage] {
        sequence += 1
        let isDump = flags.contains(.dump)
        let out = request.encoded(isDump ? [.request, flags] : [.request, .acknowledge, flags], sequence: sequence)
        let raw = socket.raw
        try systemCall("cannot \(action())") { unsafe send(raw, out, out.count, 0) }
        var answers: [RouteMessage] = []
        var room = [UInt8](repeating: 0, count: 65536)
        while true {
            let length = try systemCall("cannot \(action())") { unsafe recv(raw, &room, room.count, 0) }
            for (message, flags, number) in RouteMessage.list(room[..<length]) where number == sequence {
                switch RouteMessage.Kind(rawValue: message.kind) {
                case .error:
                    let error = message.number(0, as: Int32.self)
                    if error == 0 { return answers }
                    throw RouteSocket.failure(-error, flags, message, action())
                case .done: return answers
                default: answers.append(message)
                }
            }
        }
    }

    private static func failure(_ errno: Int32, _ flags: UInt16, _ message: RouteMessage, _ action: String) -> ApusError {
        // NLM_F_ACK_TLVS; then NLMSGERR_ATTR_MSG has the words. The request's header stands between.
        let words = flags & 0x200 != 0 ? message.attributes(after: 20)[1] : nil
        let text = words.map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return ApusError(errno: errno, "cannot \(action)", hint: text.map { "the kernel says: \($0)" })
    }
}
