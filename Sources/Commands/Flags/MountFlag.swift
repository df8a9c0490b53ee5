import CommandLine
import Engine
import Glibc
import LinuxSystem

/// `-v`, `--mount` and `--tmpfs` in Docker's forms.
enum MountFlag {
    /// All mounts of a command line.
    ///
    /// - Throws: `ApusError` for a form that is wrong and for two mounts on one target.
    static func settings(volumes: [String], mounts: [String], tmpfs: [String]) throws(ApusError) -> [MountSetting] {
        var result: [MountSetting] = []
        for text in volumes { result.append(try volume(text)) }
        for text in mounts { result.append(try mount(text)) }
        for text in tmpfs { result.append(try temporary(text)) }
        var targets: Set<String> = []
        for mount in result where !targets.insert(mount.target).inserted {
            throw ApusError(.invalidArgument, "duplicate mount point: \(mount.target)")
        }
        return result
    }

    /// `[SOURCE:]TARGET[:OPTIONS]`; a source with a slash is a path, any other a volume's name.
    static func volume(_ text: String) throws(ApusError) -> MountSetting {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard (1...3).contains(parts.count), !parts.contains("") else { throw invalid("volume specification", text, "[SOURCE:]TARGET[:OPTIONS]") }
        if parts.count == 1 { return MountSetting(.volume, source: "", target: try absolute(parts[0], in: text), isAnonymous: true) }
        let target = try absolute(parts[1], in: text)
        let isPath = parts[0].hasPrefix("/") || parts[0].hasPrefix(".")
        let source = isPath ? Globals.absolute(parts[0]) : try volumeName(parts[0])
        if isPath && !fileExists(source) { try makeDirectories(source) }  // Docker makes a missing directory for -v
        var setting = MountSetting(isPath ? .bind : .volume, source: source, target: target)
        for option in parts.count == 3 ? parts[2].split(separator: ",").map(String.init) : [] {
            switch option {
            case "ro": setting.readOnly = true
            case "rw", "z", "Z", "cached", "delegated", "consistent", "rbind": break  // labels and macOS's caches have no meaning here
            case "nocopy": setting.noCopy = true
            case "private", "rprivate", "shared", "rshared", "slave", "rslave", "nosuid", "nodev", "noexec": setting.options.append(option)
            default: throw ApusError(.invalidArgument, "invalid volume specification \"\(text)\": unknown option \"\(option)\"")
            }
        }
        return setting
    }

    /// `type=bind,source=…,target=…[,readonly]` and the like.
    static func mount(_ text: String) throws(ApusError) -> MountSetting {
        var fields: [String: String] = [:]
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let sign = part.firstIndex(of: "=") ?? part.endIndex
            let name = part[..<sign].lowercased()
            let key = ["src": "source", "dst": "target", "destination": "target", "ro": "readonly"][name] ?? name
            fields[key] = sign == part.endIndex ? "true" : String(part[part.index(after: sign)...])
        }
        let form = "type=bind|volume|tmpfs[,source=SOURCE],target=TARGET[,readonly]"
        guard let target = fields.removeValue(forKey: "target") else { throw invalid("mount", text, form) }
        var setting = MountSetting(.volume, source: fields.removeValue(forKey: "source") ?? "", target: try absolute(target, in: text))
        setting.readOnly = try readBool(fields.removeValue(forKey: "readonly") ?? "false", text)
        switch fields.removeValue(forKey: "type") ?? "volume" {
        case "bind":
            setting.kind = .bind
            guard setting.source.hasPrefix("/") || setting.source.hasPrefix(".") else { throw invalid("mount", text, "type=bind,source=PATH,target=TARGET") }
            setting.source = Globals.absolute(setting.source)
            guard fileExists(setting.source) else {
                throw ApusError(.notFound, "invalid mount \"\(text)\": bind source path does not exist: \(setting.source)")
            }
            if let propagation = fields.removeValue(forKey: "bind-propagation") { setting.options.append(propagation) }
        case "tmpfs":
            setting.kind = .tmpfs
            if !setting.source.isEmpty { throw invalid("mount", text, "a tmpfs has no source") }
            if let size = fields.removeValue(forKey: "tmpfs-size") { setting.options.append("size=\(try bytes(size, text))") }
            if let mode = fields.removeValue(forKey: "tmpfs-mode") { setting.options.append("mode=\(mode)") }
        case "volume":
            setting.isAnonymous = setting.source.isEmpty
            if !setting.isAnonymous { setting.source = try volumeName(setting.source) }
            if let word = fields.removeValue(forKey: "volume-nocopy") { setting.noCopy = try readBool(word, text) }
        case let other: throw ApusError(.invalidArgument, "invalid mount \"\(text)\": unknown type \"\(other)\"", hint: "write \(form)")
        }
        if let unknown = fields.keys.sorted().first {
            throw ApusError(.invalidArgument, "invalid mount \"\(text)\": unexpected key \"\(unknown)\"", hint: "write \(form)")
        }
        return setting
    }

    /// `TARGET[:OPTIONS]`, options of mount(8).
    static func temporary(_ text: String) throws(ApusError) -> MountSetting {
        let colon = text.firstIndex(of: ":") ?? text.endIndex
        var setting = MountSetting(.tmpfs, source: "", target: try absolute(String(text[..<colon]), in: text))
        setting.options = text[colon...].dropFirst().split(separator: ",").map(String.init)
        return setting
    }

    private static func absolute(_ target: String, in text: String) throws(ApusError) -> String {
        let parts = target.split(separator: "/")
        guard target.hasPrefix("/"), !parts.isEmpty else {
            throw ApusError(.invalidArgument, "invalid mount \"\(text)\": the target must be an absolute path other than /, got \"\(target)\"")
        }
        if parts.contains("..") { throw ApusError(.invalidArgument, "invalid mount \"\(text)\": the target must not contain ..") }
        return "/" + parts.filter { $0 != "." }.joined(separator: "/")
    }

    private static func volumeName(_ name: String) throws(ApusError) -> String {
        let valid = name.utf8.allSatisfy { (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || [95, 46, 45].contains($0) }
        guard valid, name.utf8.count >= 2, name.utf8.count <= 200, name.first != ".", name.first != "-" else {
            throw ApusError(
                .invalidArgument, "invalid volume name \"\(name)\"",
                hint: "two or more letters, digits, \"_\", \".\" and \"-\"; for a directory of the host give an absolute path")
        }
        return name
    }

    private static func readBool(_ word: String, _ text: String) throws(ApusError) -> Bool {
        do { return try parseBool(word) } catch { throw ApusError(.invalidArgument, "invalid mount \"\(text)\": \(error)") }
    }

    private static func bytes(_ word: String, _ text: String) throws(ApusError) -> Int {
        do { return try parseByteSize(word) } catch { throw ApusError(.invalidArgument, "invalid mount \"\(text)\": \(error)") }
    }

    private static func invalid(_ what: String, _ text: String, _ form: String) -> ApusError {
        ApusError(.invalidArgument, "invalid \(what) \"\(text)\"", hint: "write \(form)")
    }
}
