import Glibc
import LinuxSystem

/// The file of one program: its instructions (8 bytes each), then magic (8), the key filled up to 8, its length (8), flags (4), listener (4),
/// checksum of all before (8).
///
/// The instructions come first so that what was read is used where it lies. Numbers are in the host's order: the file never leaves its host.
enum SeccompCacheFile {
    private static let magic = Array("apusbpf2".utf8)
    private static let tail = 24
    /// Above it a profile is built each time.
    private static let sizeLimit = 1 << 20

    static func encode(_ program: SeccompProgram, key: SeccompKey) -> [UInt8] {
        var bytes = program.instructions + magic + key.bytes
        while bytes.count % 8 != 0 { bytes.append(0) }
        append(UInt32(key.bytes.count), to: &bytes)
        append(0, to: &bytes)
        append(program.flags, to: &bytes)
        append(program.needsListener ? 1 : 0, to: &bytes)
        let sum = checksum(bytes[...])
        append(UInt32(truncatingIfNeeded: sum), to: &bytes)
        append(UInt32(sum >> 32), to: &bytes)
        return bytes
    }

    /// The program in the file; nil unless every part is as it was written for this key.
    static func decode(_ file: consuming [UInt8], key: SeccompKey) -> SeccompProgram? {
        var bytes = file
        let keyRoom = (key.bytes.count + 7) / 8 * 8
        let fields = bytes.count - tail
        let end = fields - keyRoom - magic.count
        guard end > 0, end % 8 == 0, bytes[end..<(end + 8)].elementsEqual(magic), Int(word(bytes, fields)) == key.bytes.count,
            bytes[(end + 8)..<(end + 8 + key.bytes.count)].elementsEqual(key.bytes)
        else { return nil }
        let sum = UInt64(word(bytes, fields + 16)) | UInt64(word(bytes, fields + 20)) << 32
        guard checksum(bytes[..<(fields + 16)]) == sum else { return nil }
        let (flags, listener) = (word(bytes, fields + 8), word(bytes, fields + 12))
        bytes.removeLast(bytes.count - end)
        return SeccompProgram(instructions: bytes, flags: flags, needsListener: listener != 0)
    }

    /// The program in the file at `path`; nil where there is none of use.
    static func read(_ path: String, key: SeccompKey) -> SeccompProgram? {
        guard let file = try? openFile(path, O_RDONLY) else { return nil }
        var status = stat()
        let raw = file.raw
        guard unsafe fstat(raw, &status) == 0, (1...sizeLimit).contains(Int(status.st_size)) else { return nil }
        // One read into one array of the right size: this is on the way of every start.
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: Int(status.st_size)) { room, count in
            unsafe count = max(0, Glibc.read(raw, room.baseAddress, room.count))
        }
        return decode(bytes, key: key)
    }

    private static func append(_ number: UInt32, to bytes: inout [UInt8]) {
        unsafe withUnsafeBytes(of: number) { word in unsafe bytes.append(contentsOf: word) }
    }

    private static func word(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
        unsafe bytes.withUnsafeBytes { raw in unsafe raw.loadUnaligned(fromByteOffset: offset, as: UInt32.self) }
    }

    /// A sum in which every bit counts, eight bytes a step (multiplication by an odd number and a shift can both be undone, so a single
    /// damaged word always shows).
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        unsafe bytes.withUnsafeBytes { raw in
            var sum: UInt64 = 0
            for offset in stride(from: 0, to: raw.count, by: 8) {
                sum = unsafe (sum ^ raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* 0x9E37_79B9_7F4A_7C15
                sum ^= sum >> 32
            }
            return sum
        }
    }
}
