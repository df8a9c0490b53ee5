import ContainerRuntime
public import LinuxSystem
public import OCISpec

/// The flag `--ulimit` in Docker's form `type=soft[:hard]`.
public enum Ulimit {
    /// Reads a flag; -1 means no limit, and a hard limit that is left out is the soft one.
    ///
    /// - Throws: `ApusError` with Docker's sentences.
    public static func parse(_ flag: String) throws(ApusError) -> POSIXRlimit {
        guard let sign = flag.firstIndex(of: "=") else { throw invalid("invalid ulimit argument: \(flag)") }
        let name = String(flag[..<sign])
        guard let kind = ResourceLimitKind(flagName: name) else { throw invalid("invalid ulimit type: \(name)") }
        let text = flag[flag.index(after: sign)...]
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2 else { throw invalid("too many limit value arguments - \(text), can only have up to two, `soft[:hard]`") }
        let soft = try number(parts[0], in: flag)
        let hard = parts.count == 2 ? try number(parts[1], in: flag) : soft
        if hard != -1 {
            if soft == -1 {
                throw invalid("ulimit soft limit must be less than or equal to hard limit: soft: -1 (unlimited), hard: \(hard)")
            }
            if soft > hard { throw invalid("ulimit soft limit must be less than or equal to hard limit: \(soft) > \(hard)") }
        }
        return POSIXRlimit(type: kind.ociName, hard: kernelValue(hard), soft: kernelValue(soft))
    }

    private static func number(_ text: Substring, in flag: String) throws(ApusError) -> Int64 {
        guard let number = Int64(text), number >= -1 else { throw invalid("invalid ulimit value: \(text) in \(flag)") }
        return number
    }

    /// RLIM_INFINITY for -1.
    private static func kernelValue(_ limit: Int64) -> UInt64 { UInt64(bitPattern: limit) }

    private static func invalid(_ message: String) -> ApusError { ApusError(.invalidArgument, message) }
}
