/// Changes the headers of a frame in place, and keeps its checksums right; allocates nothing.
///
/// The frame lies in a buffer of the caller's, who keeps it alive and leaves it alone meanwhile; room in front of the frame is for tags that are pushed. Every
/// access is checked against the frame's bounds, so a wrong layout ends the program and never reaches other memory.
@safe public struct PacketEditor: ~Copyable {
    private let buffer: UnsafeMutableRawBufferPointer
    /// Where the frame begins in the buffer.
    public private(set) var start: Int
    /// Bytes of the frame.
    public private(set) var count: Int
    /// What the kernel has put off; kept in step with the frame.
    public var offload: OffloadHeader
    /// Where the headers are now.
    public private(set) var layout: FrameLayout
    /// What the frame was when it was parsed: its type and protocol do not change.
    let key: FlowKey

    /// Takes a frame with the key and the layout that were read from it.
    public init(_ buffer: UnsafeMutableRawBufferPointer, start: Int, count: Int, key: FlowKey, layout: FrameLayout, offload: OffloadHeader = OffloadHeader()) {
        precondition(start >= 0 && count >= 0 && start + count <= buffer.count)
        unsafe self.buffer = buffer
        (self.start, self.count, self.key, self.layout, self.offload) = (start, count, key, layout, offload)
    }

    @inline(__always) func load8(_ offset: Int) -> UInt8 {
        precondition(offset >= 0 && offset < count)
        return unsafe buffer.loadUnaligned(fromByteOffset: start + offset, as: UInt8.self)
    }

    @inline(__always) func load<Number: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as _: Number.Type) -> Number {
        precondition(offset >= 0 && offset + MemoryLayout<Number>.size <= count)
        return unsafe Number(bigEndian: buffer.loadUnaligned(fromByteOffset: start + offset, as: Number.self))
    }

    @inline(__always) mutating func store<Number: FixedWidthInteger & BitwiseCopyable>(_ number: Number, _ offset: Int) {
        precondition(offset >= 0 && offset + MemoryLayout<Number>.size <= count)
        unsafe buffer.storeBytes(of: number.bigEndian, toByteOffset: start + offset, as: Number.self)
    }

    func loadMAC(_ offset: Int) -> UInt64 { UInt64(load(offset, as: UInt16.self)) << 32 | UInt64(load(offset + 2, as: UInt32.self)) }

    mutating func storeMAC(_ value: UInt64, _ offset: Int) {
        store(UInt16(truncatingIfNeeded: value >> 32), offset)
        store(UInt32(truncatingIfNeeded: value), offset + 2)
    }

    /// Puts a tag outermost; false where there is no room in front of the frame, or no whole Ethernet header.
    public mutating func pushVLAN(tpid: UInt16, tci: UInt16) -> Bool {
        guard start >= 4, count >= 14 else { return false }
        let (high, low) = (load(0, as: UInt64.self), load(8, as: UInt32.self))
        (start, count) = (start - 4, count + 4)
        store(high, 0)
        store(low, 8)
        store(tpid, 12)
        store(tci, 14)
        shift(4)
        return true
    }

    /// Takes the outermost tag off; false where there is none.
    public mutating func popVLAN() -> Bool {
        guard count >= 18 else { return false }
        let type = load(12, as: UInt16.self)
        guard type == EtherType.vlan || type == EtherType.serviceVLAN else { return false }
        let (high, low) = (load(0, as: UInt64.self), load(8, as: UInt32.self))
        (start, count) = (start + 4, count - 4)
        store(low, 8)
        store(high, 0)
        shift(-4)
        return true
    }

    private mutating func shift(_ bytes: Int) {
        func moved(_ offset: Int) -> Int { offset == 0 ? 0 : offset + bytes }
        layout.network = moved(layout.network)
        layout.transport = moved(layout.transport)
        layout.sourceOption = moved(layout.sourceOption)
        layout.targetOption = moved(layout.targetOption)
        offload.shift(bytes)
    }
}
