import LinuxSystem

/// One member of a tar archive: its header with all extensions applied.
///
/// Paths and attribute values are bytes: archives hold names in any encoding.
struct TarEntry: Sendable, Equatable {
    /// What a member is.
    enum Kind: Sendable, Equatable {
        case file, hardLink, symbolicLink, characterDevice, blockDevice, directory, fifo
    }

    /// The name as it stands in the archive, not yet checked.
    var path: [UInt8]
    var kind: Kind
    /// Where a link leads; empty for everything else.
    var linkTarget: [UInt8] = []
    /// The permission bits with setuid, setgid and sticky.
    var mode: UInt32
    var owner: UInt32
    var group: UInt32
    /// Bytes of a file as it will be on disk, holes included; 0 for everything else.
    var size: Int
    var modified: Timestamp
    var deviceMajor: UInt32 = 0
    var deviceMinor: UInt32 = 0
    var attributes: [ExtendedAttribute] = []
    /// The runs of a sparse file that the archive holds; nil for a file that is held whole.
    var dataRuns: [SparseRun]?
}

/// One extended attribute (xattr(7)).
struct ExtendedAttribute: Sendable, Equatable {
    var name: [UInt8]
    var value: [UInt8]

    /// The bytes of both.
    var size: Int { name.count + value.count }
}

/// A part of a sparse file that is data; what lies between is a hole.
struct SparseRun: Sendable, Equatable {
    var offset: Int
    var length: Int
}

/// A path from an archive as one line of text: what is no printable UTF-8 is escaped, what is long is cut.
func shown(_ path: some Collection<UInt8>) -> String {
    var text = ""
    for scalar in String(decoding: path.prefix(200), as: UTF8.self).unicodeScalars {
        if scalar.value < 32 || scalar.value == 127 || scalar == "\u{FFFD}" {
            text += scalar == "\u{FFFD}" ? "?" : "\\\(String(scalar.value, radix: 8))"
        } else {
            text.unicodeScalars.append(scalar)
        }
    }
    return path.count > 200 ? text + "... (\(path.count) bytes)" : text
}

extension ApusError {
    /// The same failure with what was being done around it in front.
    func within(_ context: String) -> ApusError {
        ApusError(code, "\(context): \(message)", errno: errno, hint: hint)
    }
}
