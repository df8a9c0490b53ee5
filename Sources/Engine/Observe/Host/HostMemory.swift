public import LinuxSystem

/// The host's memory.
public enum HostMemory {
    /// Bytes of memory (proc(5), meminfo).
    public static func total() throws(ApusError) -> UInt64 { total(meminfo: try readText("/proc/meminfo")) }

    static func total(meminfo: String) -> UInt64 {
        for line in meminfo.split(separator: "\n") where line.hasPrefix("MemTotal:") {
            let kibibytes = line.split(separator: " ").dropFirst().first.flatMap { UInt64($0) } ?? 0
            return kibibytes.multipliedReportingOverflow(by: 1024).partialValue
        }
        return 0
    }
}
