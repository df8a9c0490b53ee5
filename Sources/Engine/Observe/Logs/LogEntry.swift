/// One entry of a container's log, as its monitor writes it in the form of the Kubernetes CRI:
/// `2026-11-24T19:10:00.123456789Z stdout F text`.
struct LogEntry {
    /// The moment, always 30 bytes, so that moments compare as their bytes do.
    let time: ArraySlice<UInt8>
    /// Where the text was written to.
    let stream: LogStream
    /// Whether the next entry of the stream goes on with the same line.
    let isPartial: Bool
    /// The text, without the line's end.
    let text: ArraySlice<UInt8>

    /// Reads a line without its line feed; nil for one that is damaged.
    init?(_ line: ArraySlice<UInt8>) {
        let start = line.startIndex
        // The moment, a blank, six letters, a blank, one letter, a blank.
        guard line.count >= 40, Self.isMoment(line[start..<start + 30]) else { return nil }
        switch line[start + 34] {
        case UInt8(ascii: "o"): stream = .output
        case UInt8(ascii: "e"): stream = .error
        default: return nil
        }
        guard line[(start + 30)..<(start + 38)].elementsEqual(" \(stream.rawValue) ".utf8), line[start + 39] == UInt8(ascii: " ") else { return nil }
        switch line[start + 38] {
        case UInt8(ascii: "F"): isPartial = false
        case UInt8(ascii: "P"): isPartial = true
        default: return nil
        }
        time = line[start..<start + 30]
        text = line[(start + 40)...]
    }

    private static let form = Array("0000-00-00T00:00:00.000000000Z".utf8)

    private static func isMoment(_ bytes: ArraySlice<UInt8>) -> Bool {
        var index = bytes.startIndex
        for wanted in form {
            let byte = bytes[index]
            guard wanted == UInt8(ascii: "0") ? byte >= wanted && byte <= UInt8(ascii: "9") : byte == wanted else { return false }
            index += 1
        }
        return true
    }
}

/// One of the two streams that a program writes to.
public enum LogStream: String, Sendable {
    /// Its stdout, or its terminal.
    case output = "stdout"
    /// Its stderr.
    case error = "stderr"
}

/// Two values, one a stream.
struct ByStream<Value> {
    private var output: Value
    private var error: Value

    init(_ value: Value) {
        output = value
        error = value
    }

    subscript(_ stream: LogStream) -> Value {
        get { stream == .output ? output : error }
        set { if stream == .output { output = newValue } else { error = newValue } }
    }

    var both: [Value] { [output, error] }
}
