/// What the kernel has put off of a packet: `struct virtio_net_hdr` of linux/virtio_net.h, in the processor's byte order.
public struct OffloadHeader: Equatable, Sendable {
    /// `VIRTIO_NET_HDR_F_*`.
    public var flags: UInt8 = 0
    /// `VIRTIO_NET_HDR_GSO_*`; 0 for a packet that is no segment.
    public var segmentType: UInt8 = 0
    /// Bytes of all headers; a hint.
    public var headerLength: UInt16 = 0
    /// Bytes of payload of each packet that the segment becomes.
    public var segmentSize: UInt16 = 0
    /// From where the checksum is to be made, counted from the frame's begin.
    public var checksumStart: UInt16 = 0
    /// Where it is to be put, counted from `checksumStart`.
    public var checksumOffset: UInt16 = 0

    /// `VIRTIO_NET_HDR_F_NEEDS_CSUM`: the field holds the sum of the pseudo header alone.
    public static let needsChecksum: UInt8 = 1

    /// Of a whole packet.
    public init() {}

    /// Reads the ten bytes.
    public init(_ bytes: InlineArray<10, UInt8>) {
        func number(_ index: Int) -> UInt16 { UInt16(bytes[index]) | UInt16(bytes[index + 1]) << 8 }
        (flags, segmentType) = (bytes[0], bytes[1])
        (headerLength, segmentSize, checksumStart, checksumOffset) = (number(2), number(4), number(6), number(8))
    }

    /// The ten bytes.
    public var bytes: InlineArray<10, UInt8> {
        func low(_ number: UInt16) -> UInt8 { UInt8(truncatingIfNeeded: number) }
        return [
            flags, segmentType, low(headerLength), low(headerLength >> 8), low(segmentSize), low(segmentSize >> 8), low(checksumStart),
            low(checksumStart >> 8), low(checksumOffset), low(checksumOffset >> 8),
        ]
    }

    /// Where a partial checksum is, counted from the frame's begin; 0 where the packet's checksums are whole.
    @inlinable var partialChecksum: Int { flags & OffloadHeader.needsChecksum == 0 ? 0 : Int(checksumStart) + Int(checksumOffset) }

    /// The frame's headers became longer or shorter in front of the network header.
    mutating func shift(_ bytes: Int) {
        func moved(_ number: UInt16) -> UInt16 { UInt16(clamping: max(0, Int(number) + bytes)) }
        if flags & OffloadHeader.needsChecksum != 0 { checksumStart = moved(checksumStart) }
        if headerLength != 0 { headerLength = moved(headerLength) }
    }
}
