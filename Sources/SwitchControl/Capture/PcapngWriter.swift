/// Frames as a pcapng file, which Wireshark and tcpdump read (draft-ietf-opsawg-pcapng).
///
/// It makes bytes and writes nothing. Numbers are in little-endian order, times in nanoseconds.
public struct PcapngWriter: Sendable {
    /// Where a frame was seen.
    public enum Direction: UInt32, Sendable {
        /// From the port.
        case incoming = 1
        /// To the port.
        case outgoing = 2
    }

    private let length: UInt32

    /// A file of frames that are cut to `length` bytes.
    public init(length: UInt32 = 262_144) { self.length = length }

    /// What begins a file: the section header, and a description of each port by name and interface.
    ///
    /// The number of a port in `frame` is its place here.
    public func header(application: String, ports: [(name: String, interface: String)]) -> [UInt8] {
        var section: [UInt8] = number(0x1a2b_3c4d) + [1, 0, 0, 0] + [UInt8](repeating: 0xff, count: 8)
        section += option(4, Array(application.utf8)) + option(0, [])
        var bytes = block(0x0a0d_0d0a, section)
        for port in ports {
            // LINKTYPE_ETHERNET; if_name, if_description, if_tsresol.
            var description: [UInt8] = [1, 0, 0, 0] + number(length)
            description += option(2, Array(port.name.utf8)) + option(3, Array(port.interface.utf8)) + option(9, [9]) + option(0, [])
            bytes += block(1, description)
        }
        return bytes
    }

    /// One frame.
    ///
    /// - Parameters:
    ///   - time: nanoseconds since 1970.
    ///   - port: its place in the header.
    ///   - whole: the length of the frame before it was cut.
    public func frame(_ bytes: ArraySlice<UInt8>, whole: Int, time: UInt64, port: Int, _ direction: Direction) -> [UInt8] {
        let kept = bytes.prefix(Int(length))
        var body = number(UInt32(port)) + number(UInt32(truncatingIfNeeded: time >> 32)) + number(UInt32(truncatingIfNeeded: time))
        body += number(UInt32(kept.count)) + number(UInt32(clamping: whole)) + padded(Array(kept))
        body += option(2, number(direction.rawValue)) + option(0, [])
        return block(6, body)
    }

    private func block(_ kind: UInt32, _ body: [UInt8]) -> [UInt8] {
        let size = number(UInt32(12 + body.count))
        return number(kind) + size + body + size
    }

    private func option(_ code: UInt16, _ value: [UInt8]) -> [UInt8] {
        [UInt8(truncatingIfNeeded: code), UInt8(code >> 8), UInt8(truncatingIfNeeded: value.count), UInt8(value.count >> 8)] + padded(value)
    }

    private func padded(_ bytes: [UInt8]) -> [UInt8] { bytes + [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4) }

    private func number(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
}
