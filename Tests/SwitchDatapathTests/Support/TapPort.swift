import CSwitch
import Glibc
import LinuxSystem
import SwitchCore

/// A port whose other end is this test: a tap, by which frames go in and come out byte for byte.
final class TapPort {
    let port: DatapathPort
    private let tap: OwnedFD

    init(_ number: UInt32) throws {
        var index: UInt32 = 0
        tap = OwnedFD(adopting: try systemCall("cannot make a tap") { unsafe apus_tap_open("t\(number)", 1000, &index) })
        port = DatapathPort(number: PortNumber(rawValue: number), interface: "t\(number)", index: index, isVeth: false)
    }

    /// Sends a frame into the switch, behind the ten bytes of struct virtio_net_hdr.
    func send(_ frame: [UInt8], offload: [UInt8] = [UInt8](repeating: 0, count: 10)) throws {
        let bytes = offload + frame
        let raw = tap.raw
        try systemCall("cannot send a frame of \(frame.count) bytes") { unsafe write(raw, bytes, bytes.count) }
    }

    /// The frames that came out, each behind its ten bytes; those of the host's own kernel are left out.
    ///
    /// - Parameter milliseconds: how long to wait for the first.
    func receive(within milliseconds: Int32 = 0) throws -> [(offload: [UInt8], frame: [UInt8])] {
        var frames: [(offload: [UInt8], frame: [UInt8])] = []
        var room = [UInt8](repeating: 0, count: 1 << 17)
        var waiting = pollfd(fd: tap.raw, events: Int16(POLLIN), revents: 0)
        if milliseconds > 0 { _ = unsafe poll(&waiting, 1, milliseconds) }
        while case let count = unsafe read(tap.raw, &room, room.count), count > 10 {
            frames.append((Array(room[..<10]), Array(room[10..<count])))
        }
        return frames
    }

    func frames(within milliseconds: Int32 = 0) throws -> [[UInt8]] { try receive(within: milliseconds).map(\.frame) }
}
