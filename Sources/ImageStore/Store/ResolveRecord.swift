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
            add("health", all: health.test ?? [])
            let times = [health.interval, health.timeout, health.startPeriod, health.startInterval, health.retries]
            add("healthtimes", all: times.map { $0.map(String.init) ?? "" })
            if health.test == nil { add("healthtestless", "1") }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Reads a record; nil for anything that was not written by `text`.
    init?(_ bytes: [UInt8], layerBase: String) {
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)[...]
        guard lines.popFirst()?.elementsEqual(Self.version.utf8) == true else { return nil }
        var single: [String: String] = [:]
        var lists: [String: [String]] = [:]
        var key = ""
        for line in lines where !line.isEmpty {
            guard let blank = line.firstIndex(of: UInt8(ascii: " ")) else { return nil }
            let value = unescapeLine(line[(blank + 1)...])
            if blank == line.startIndex + 1, line[line.startIndex] == UInt8(ascii: "-") {
                lists[key, default: []].append(value)
            } else {
                key = String(decoding: line[..<blank], as: UTF8.self)
                single[key] = value
            }
        }
        func list(_ key: String) -> [String]? { single[key] == nil ? nil : lists[key] ?? [] }
        guard let stamp = single["stamp"].flatMap(FileStamp.init(text:)), let id = single["id"].flatMap({ Digest(hex: $0) }),
            let manifest = single["manifest"].flatMap({ Digest(hex: $0) }), let os = single["os"], let architecture = single["architecture"],
            let references = list("references"), let layers = list("layers")
        else { return nil }
        var config = ExecutionParameters()
        config.user = single["user"]
        config.exposedPorts = list("ports").map { NameSet($0) }
        config.env = list("env")
        config.entrypoint = list("entrypoint")
        config.cmd = list("cmd")
        config.volumes = list("volumes").map { NameSet($0) }
        config.workingDir = single["directory"]
        config.labels = list("labels").map(pairs)
        config.stopSignal = single["signal"]
        config.stopTimeout = single["timeout"].flatMap { Int($0) }
        config.shell = list("shell")
        config.onBuild = list("onbuild")
        config.argsEscaped = single["escaped"].map { $0 == "1" }
        if let test = list("health"), let times = list("healthtimes")?.map({ Int($0) }), times.count == 5 {
            var health = ExecutionParameters.Healthcheck(test: single["healthtestless"] == nil ? test : nil)
            (health.interval, health.timeout, health.startPeriod, health.startInterval, health.retries) = (times[0], times[1], times[2], times[3], times[4])
            config.healthcheck = health
        }
        self.stamp = stamp
        image = ResolvedImage(
            id: id, manifestDigest: manifest, references: references,
            platform: Platform(os: os, architecture: architecture, variant: single["variant"]), config: config, layerBase: layerBase, layers: layers)
    }

    init(stamp: FileStamp, image: ResolvedImage) {
        self.stamp = stamp
        self.image = image
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
