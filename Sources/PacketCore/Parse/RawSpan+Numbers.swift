/// Numbers in network byte order; a place outside of the bytes ends the program, as an index outside of an array does.
extension RawSpan {
    @inlinable func load8(_ offset: Int) -> UInt8 { unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self) }
    @inlinable func load16(_ offset: Int) -> UInt16 { unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self).bigEndian }
    @inlinable func load32(_ offset: Int) -> UInt32 { unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self).bigEndian }
    @inlinable func load64(_ offset: Int) -> UInt64 { unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self).bigEndian }

    /// Six bytes, highest first; reads no other.
    @inlinable func loadMAC(_ offset: Int) -> MACAddress { MACAddress(rawValue: UInt64(load16(offset)) << 32 | UInt64(load32(offset + 2))) }

    @inlinable func load128(_ offset: Int) -> UInt128 { UInt128(load64(offset)) << 64 | UInt128(load64(offset + 8)) }
}
