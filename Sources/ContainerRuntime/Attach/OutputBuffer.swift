import Glibc
import LinuxSystem

/// Bytes on their way to our stdout or stderr, whose reader may be slow.
struct OutputBuffer {
    private let descriptor: Int32
    private let name: String
    private let piece: Int
    private var bytes: [UInt8] = []
    private var done = 0

    /// Takes a descriptor of ours.
    init(descriptor: Int32, name: String) {
        self.descriptor = descriptor
        self.name = name
        var status = stat()
        let isFile = unsafe fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        // poll(2) promises room for PIPE_BUF bytes of a pipe; more could block. The descriptor is not ours alone, so its mode is left as it is.
        piece = isFile ? Int.max : 4096
    }

    /// Whether all is written.
    var isEmpty: Bool { done == bytes.count }

    /// Takes the next bytes, when all before them are written.
    mutating func put(_ bytes: [UInt8]) {
        self.bytes = bytes
        done = 0
    }

    /// Writes what surely does not block; false when nobody reads any more.
    mutating func write() throws(ApusError) -> Bool {
        do {
            done += try systemCall("cannot write \(name)") {
                unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress! + done, min(piece, $0.count - done)) }
            }
        } catch  where error.errno == EPIPE {
            return false
        } catch  where error.errno == EAGAIN {
            return true
        }
        return true
    }
}
