import CShim
import Glibc
public import LinuxSystem

/// Tells of network devices that appear, change and vanish in a namespace (the multicast group RTNLGRP_LINK of rtnetlink(7)).
///
/// The order of use: open it, then list the links by a socket of its own, then read events; so nothing is missed.
public struct LinkEvents: ~Copyable {
    /// What happened.
    public enum Event: Sendable, Equatable {
        /// A device is there, or something of it has changed.
        case present(Link)
        /// A device is gone, or has left for another namespace.
        case gone(Link)
        /// Events were lost because nobody read them: the links must be listed again.
        case lost
    }

    private let socket: OwnedFD
    private var room = [UInt8](repeating: 0, count: 65536)

    /// Opens a socket of the namespace behind a descriptor; -1 for our own.
    public init(namespace: Int32 = -1) throws(ApusError) {
        let socket = OwnedFD(adopting: try systemCall("cannot open a netlink socket") { apus_netlink_socket(namespace, 0) })
        try systemCall("cannot listen to events of network devices") { [raw = socket.raw] in apus_netlink_join(raw, 1) }
        self.socket = socket
    }

    /// The descriptor, to wait for: it can be read when an event is there.
    public var descriptor: Int32 { socket.raw }

    /// What has happened since the last call; empty when nothing has.
    ///
    /// It never waits.
    public mutating func read() throws(ApusError) -> [Event] {
        var events: [Event] = []
        let raw = socket.raw
        while true {
            let length: Int
            do {
                length = try systemCall("cannot read events of network devices") {
                    unsafe apus_netlink_receive(raw, &room, room.count, Int32(MSG_DONTWAIT))
                }
            } catch  where error.errno == EAGAIN {
                return events
            } catch  where error.errno == ENOBUFS {
                events.append(.lost)
                continue
            }
            events += length > room.count ? [.lost] : Self.events(room[..<length])
        }
    }

    /// The events of one datagram.
    static func events(_ datagram: ArraySlice<UInt8>) -> [Event] {
        NetlinkMessage.list(datagram).compactMap { message in
            switch message.kind {
            // A bridge tells of its ports too, in a family of its own; those are not devices that come and go.
            case _ where message.number(0, as: UInt8.self) != 0: nil
            case RouteKind.newLink: .present(Link(message))
            case RouteKind.deleteLink: .gone(Link(message))
            default: nil
            }
        }
    }
}
