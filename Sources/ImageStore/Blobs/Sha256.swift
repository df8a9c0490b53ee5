import Crypto
import OCISpec

/// SHA-256 over bytes that come in pieces.
///
/// The one file that knows the cryptographic library.
struct Sha256 {
    private var hash = SHA256()
    /// Bytes so far.
    private(set) var count = 0

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        unsafe hash.update(bufferPointer: bytes)
        count += bytes.count
    }

    /// The digest of the bytes so far.
    func digest() -> OCISpec.Digest {
        guard let digest = OCISpec.Digest(bytes: Array(hash.finalize())) else { preconditionFailure("SHA-256 has 32 bytes") }
        return digest
    }

    /// The digest of bytes that are in memory.
    static func digest(of bytes: [UInt8]) -> OCISpec.Digest {
        var hash = Sha256()
        unsafe bytes.withUnsafeBytes { unsafe hash.update($0) }
        return hash.digest()
    }
}
