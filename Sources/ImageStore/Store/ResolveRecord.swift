import Glibc
import LinuxSystem
import OCISpec

/// The answer to one `resolve`, as a small file that is read on the way to a container's start.
///
/// A JSON decoder's first document takes 0.3 ms in a new process, more than all the rest of the look-up; so this is lines of
/// `key value`, with line feeds and backslashes escaped. It is a cache: whatever is odd about it means "ask again".
struct ResolveRecord: Equatable {
    /// The state of index.json that the answer holds for.
    var stamp: FileStamp
    var image: ResolvedImage

    private static let version = "apus-resolved 1"

    var text: String {
        var lines = [Self.version]
        func add(_ key: String, _ value: String?) {
            guard let value else { return }
            lines.append("\(key) \(escapeLine(value))")
        }
        func add(_ key: String, all values: [String]?) {
            // An empty list is not the same as none: the list's own line tells it.
            if let values { add(key, String(values.count)) }
            for value in values ?? [] { add("-", value) }
        }
        add("stamp", stamp.text)
        add("id", image.id.hex)
        add("manifest", image.manifestDigest.hex)
        add("os", image.platform.os)
        add("architecture", image.platform.architecture)
        add("variant", image.platform.variant)
        add("references", all: image.references)
        add("layers", all: image.layers)
        let config = image.config
        add("user", config.user)
        add("ports", all: config.exposedPorts?.names)
        add("env", all: config.env)
        add("entrypoint", all: config.entrypoint)
        add("cmd", all: config.cmd)
        add("volumes", all: config.volumes?.names)
        add("directory", config.workingDir)
        add("labels", all: config.labels.map { $0.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] } })
        add("signal", config.stopSignal)
        add("timeout", config.stopTimeout.map(String.init))
        add("shell", all: config.shell)
        add("onbuild", all: config.onBuild)
        add("escaped", config.argsEscaped.map { $0 ? "1" : "0" })
        if let health = config.healthcheck {
            let times = [health.interval, health.timeout, health.startPeriod, health.startInterval, health.retries]
            add("healthtimes", all: times.map { $0.map(String.init) ?? "" })
            add("healthtest", all: health.test)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Reads a record; nil for anything that was not written by `text`.
    ///
    /// The members are read in the order in which they were written. No dictionary is made: for the first one of its type in a
    /// process the runtime searches all conformances of the program.
    init?(_ bytes: [UInt8], layerBase: String) {
        guard var lines = RecordLines(bytes, version: Self.version), let stamp = lines.value("stamp").flatMap(FileStamp.init(text:)),
            let id = lines.value("id").flatMap({ Digest(hex: $0) }), let manifest = lines.value("manifest").flatMap({ Digest(hex: $0) }),
            let os = lines.value("os"), let architecture = lines.value("architecture")
        else { return nil }
        var platform = Platform(os: os, architecture: architecture)
        platform.variant = lines.value("variant")
        guard let references = lines.list("references"), let layers = lines.list("layers") else { return nil }
        var config = ExecutionParameters()
        config.user = lines.value("user")
        config.exposedPorts = lines.list("ports").map { NameSet($0) }
        config.env = lines.list("env")
        config.entrypoint = lines.list("entrypoint")
        config.cmd = lines.list("cmd")
        config.volumes = lines.list("volumes").map { NameSet($0) }
        config.workingDir = lines.value("directory")
        config.labels = lines.list("labels").map(pairs)
        config.stopSignal = lines.value("signal")
        config.stopTimeout = lines.value("timeout").flatMap { Int($0) }
        config.shell = lines.list("shell")
        config.onBuild = lines.list("onbuild")
        config.argsEscaped = lines.value("escaped").map { $0 == "1" }
        if let times = lines.list("healthtimes")?.map({ Int($0) }), times.count == 5 {
            var health = ExecutionParameters.Healthcheck(test: lines.list("healthtest"))
            (health.interval, health.timeout, health.startPeriod, health.startInterval, health.retries) = (times[0], times[1], times[2], times[3], times[4])
            config.healthcheck = health
        }
        guard lines.isAtEnd else { return nil }
        self.stamp = stamp
        image = ResolvedImage(
            id: id, manifestDigest: manifest, references: references, platform: platform, config: config, layerBase: layerBase, layers: layers)
    }

    init(stamp: FileStamp, image: ResolvedImage) {
        self.stamp = stamp
        self.image = image
    }
}

/// The lines of a record, taken from the front.
private struct RecordLines {
    private var lines: ArraySlice<ArraySlice<UInt8>>

    /// Takes the whole file; nil where it is of another version or cut.
    init?(_ bytes: [UInt8], version: String) {
        guard bytes.last == UInt8(ascii: "\n") else { return nil }
        lines = bytes.dropLast().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)[...]
        guard let first = lines.popFirst(), first.elementsEqual(version.utf8) else { return nil }
    }

    var isAtEnd: Bool { lines.isEmpty }

    /// The value of the next line if it has this key.
    mutating func value(_ key: String) -> String? {
        guard let line = lines.first, line.starts(with: key.utf8), line.dropFirst(key.utf8.count).first == UInt8(ascii: " ") else { return nil }
        lines.removeFirst()
        return unescapeLine(line.dropFirst(key.utf8.count + 1))
    }

    /// The values behind the next line if it has this key and their number.
    mutating func list(_ key: String) -> [String]? {
        guard let count = value(key).flatMap({ Int($0) }), (0...lines.count).contains(count) else { return nil }
        var values = [String]()
        values.reserveCapacity(count)
        for _ in 0..<count {
            guard let value = value("-") else { return nil }
            values.append(value)
        }
        return values
    }
}

private func pairs(_ flat: [String]) -> [String: String] {
    var result = [String: String](minimumCapacity: flat.count / 2)
    for index in stride(from: 0, to: flat.count - 1, by: 2) { result[flat[index]] = flat[index + 1] }
    return result
}

private func escapeLine(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\\") }) else { return text }
    var bytes = [UInt8]()
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "\n"): bytes += Array("\\n".utf8)
        case UInt8(ascii: "\\"): bytes += Array("\\\\".utf8)
        default: bytes.append(byte)
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}

private func unescapeLine(_ line: ArraySlice<UInt8>) -> String {
    guard line.contains(UInt8(ascii: "\\")) else { return String(decoding: line, as: UTF8.self) }
    var bytes = [UInt8]()
    var escaped = false
    for byte in line {
        if escaped {
            bytes.append(byte == UInt8(ascii: "n") ? UInt8(ascii: "\n") : byte)
            escaped = false
        } else if byte == UInt8(ascii: "\\") {
            escaped = true
        } else {
            bytes.append(byte)
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}

/// What tells one state of a file from another without reading it.
struct FileStamp: Equatable {
    let numbers: [Int]

    /// The state of the file at `path`; nil where there is none.
    init?(path: String) {
        var status = FileStatus()
        guard unsafe stat(path, &status) == 0 else { return nil }
        numbers = [
            Int(truncatingIfNeeded: status.st_dev), Int(truncatingIfNeeded: status.st_ino), status.st_size, status.st_mtim.tv_sec,
            status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec,
        ]
    }

    init?(text: String) {
        numbers = text.split(separator: " ").compactMap { Int($0) }
        if numbers.count != 7 { return nil }
    }

    var size: Int { numbers[2] }

    var text: String { numbers.map(String.init).joined(separator: " ") }
}
