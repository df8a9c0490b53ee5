public import LinuxSystem

/// The key sequence that leaves a container running and gives the terminal back; `ctrl-p,ctrl-q` by default.
public struct DetachKeys: Sendable, Equatable {
    private let sequence: [UInt8]
    private var matched = 0

    /// Reads Docker's form: single characters, or `ctrl-` and one of a-z, @, [, \, ], ^, _, separated by commas.
    public init(_ text: String = "ctrl-p,ctrl-q") throws(ApusError) {
        var sequence: [UInt8] = []
        for key in text.split(separator: ",", omittingEmptySubsequences: false) {
            let bytes = Array(key.utf8)
            if bytes.count == 1 {
                sequence.append(bytes[0])
            } else if key.hasPrefix("ctrl-"), bytes.count == 6, let code = Self.control(bytes[5]) {
                sequence.append(code)
            } else {
                throw ApusError(.invalidArgument, "invalid --detach-keys: \"\(text)\"", hint: "for example ctrl-p,ctrl-q")
            }
        }
        self.sequence = sequence
    }

    /// Follows what was typed.
    ///
    /// - Returns: the bytes to pass on, and whether the sequence is complete.
    public mutating func filter(_ input: ArraySlice<UInt8>) -> (passed: [UInt8], detached: Bool) {
        var passed: [UInt8] = []
        for byte in input {
            if byte == sequence[matched] {
                matched += 1
                if matched == sequence.count { return (passed, true) }
            } else {
                passed += sequence[..<matched]
                matched = byte == sequence[0] ? 1 : 0
                if matched == 0 { passed.append(byte) }
            }
        }
        return (passed, false)
    }

    private static func control(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - 96
        case UInt8(ascii: "@"): 0
        case UInt8(ascii: "[")...UInt8(ascii: "_"): byte - 64
        default: nil
        }
    }
}
