import Glibc
import LinuxSystem

/// `NAME=value` entries from flags and from files with one a line.
enum KeyValues {
    /// The environment: files first, then entries.
    ///
    /// A name without `=` takes its value from our own environment, or is left out.
    static func environment(files: [String], entries: [String]) throws(ApusError) -> [String] {
        var result: [String] = []
        for file in files {
            for line in try lines(file) { try add(line, to: &result, from: file) }
        }
        for entry in entries { try add(entry, to: &result, from: "-e") }
        return result
    }

    /// Labels: files first, then entries.
    ///
    /// A name without `=` has an empty value.
    static func labels(files: [String], entries: [String]) throws(ApusError) -> [String: String] {
        var result: [String: String] = [:]
        var all: [String] = []
        for file in files { all += try lines(file) }
        for entry in all + entries {
            let sign = entry.firstIndex(of: "=") ?? entry.endIndex
            if sign == entry.startIndex { throw ApusError(.invalidArgument, "invalid label \"\(entry)\": the name is missing") }
            result[String(entry[..<sign])] = String(entry[sign...].dropFirst())
        }
        return result
    }

    private static func add(_ entry: String, to result: inout [String], from origin: String) throws(ApusError) {
        let name = String(entry.prefix { $0 != "=" })
        if name.isEmpty { throw ApusError(.invalidArgument, "invalid environment variable \"\(entry)\" (\(origin)): the name is missing") }
        if name.contains(where: { $0 == " " || $0 == "\t" }) {
            throw ApusError(.invalidArgument, "invalid environment variable \"\(name)\" (\(origin)): the name has white space")
        }
        if entry.contains("=") {
            result.append(entry)
        } else if let value = unsafe getenv(name) {
            result.append(unsafe "\(name)=\(String(cString: value))")
        }
    }

    /// The lines of a file without comments and empty ones.
    private static func lines(_ path: String) throws(ApusError) -> [String] {
        let text = String(decoding: try readFile(path, limit: 1 << 20), as: UTF8.self)
        return text.split(whereSeparator: \.isNewline).map { String($0.drop { $0 == " " || $0 == "\t" }) }.filter { !$0.isEmpty && !$0.hasPrefix("#") }
    }
}
