import Engine
import LinuxSystem

/// `--device HOST[:CONTAINER[:rwm]]`.
enum DeviceFlag {
    /// Reads one flag.
    static func setting(_ text: String) throws(ApusError) -> DeviceSetting {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let source = parts[0]
        var target = source
        var access = "rwm"
        if parts.count == 2, isAccess(parts[1]) { access = parts[1] } else if parts.count >= 2 { target = parts[1] }
        if parts.count == 3 { access = parts[2] }
        guard parts.count <= 3, source.hasPrefix("/"), target.hasPrefix("/"), isAccess(access) else {
            throw ApusError(.invalidArgument, "invalid --device \"\(text)\"", hint: "write /dev/HOST, /dev/HOST:/dev/CONTAINER or /dev/HOST:/dev/CONTAINER:rwm")
        }
        return DeviceSetting(source: source, target: target, access: access)
    }

    private static func isAccess(_ text: String) -> Bool {
        !text.isEmpty && text.allSatisfy { "rwm".contains($0) } && Set(text).count == text.count
    }
}
