/// The file of one program: magic (8 bytes), key (32), flags (4), listener (4), instructions (8 each), SHA-256 of all before (32).
///
/// Numbers are in the host's order: the file never leaves its host.
enum SeccompCacheFile {
    private static let magic = Array("apusbpf1".utf8)
    private static let head = 48
    private static let tail = 32

    static func encode(_ program: SeccompProgram, key: SeccompKey) -> [UInt8] {
        var bytes = magic + key.bytes
        for number in [program.flags, program.needsListener ? 1 : 0] { unsafe withUnsafeBytes(of: number) { word in unsafe bytes.append(contentsOf: word) } }
        bytes += program.instructions
        return bytes + SeccompKey.digest(bytes)
    }

    /// The program in the file; nil unless every part is as it was written for this key.
    static func decode(_ bytes: [UInt8], key: SeccompKey) -> SeccompProgram? {
        let end = bytes.count - tail
        guard end > head, (end - head) % 8 == 0, bytes.starts(with: magic), bytes[8..<40].elementsEqual(key.bytes),
            bytes[end...].elementsEqual(SeccompKey.digest(bytes[..<end]))
        else { return nil }
        let (flags, listener) = unsafe bytes.withUnsafeBytes { raw in
            unsafe (raw.loadUnaligned(fromByteOffset: 40, as: UInt32.self), raw.loadUnaligned(fromByteOffset: 44, as: UInt32.self))
        }
        return SeccompProgram(instructions: Array(bytes[head..<end]), flags: flags, needsListener: listener != 0)
    }
}
