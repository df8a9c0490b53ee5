import CommandLine
import ImageStore
import LinuxSystem

/// The guards against archives that unpack to more than a disk holds, for commands that read some.
enum UnpackFlags {
    static let limit = Flag.value(
        "unpack-limit", value: "bytes", help: "Most bytes that an archive may unpack to (default 64g; also APUS_UNPACK_LIMIT)", parse: parseByteSize)
    static let ratio = Flag.int(
        "unpack-ratio", help: "Most times its size that an archive may unpack to, 0 for any (default 500; also APUS_UNPACK_RATIO)")

    static let all: [any DeclaredFlag] = [limit, ratio]

    /// Sets what the flags say, else what the environment says.
    static func apply(_ parsed: ParsedCommand, to options: inout LoadOptions) throws(ApusError) {
        try applyEnvironment(to: &options)
        if let bytes = parsed[limit] { options.unpackLimit = bytes }
        if let times = parsed[ratio] {
            guard times >= 0 else { throw ApusError(.invalidArgument, "invalid value \(times) for --unpack-ratio: it is 0 or more") }
            options.unpackRatio = times
        }
    }

    /// Sets what the environment says.
    static func applyEnvironment(to options: inout LoadOptions) throws(ApusError) {
        if let text = Globals.environment("APUS_UNPACK_LIMIT") {
            do throws(InvalidValue) { options.unpackLimit = try parseByteSize(text) } catch {
                throw ApusError(.invalidArgument, "APUS_UNPACK_LIMIT is \"\(text)\": it must be a size, such as 100g")
            }
        }
        if let text = Globals.environment("APUS_UNPACK_RATIO") {
            guard let times = Int(text), times >= 0 else { throw ApusError(.invalidArgument, "APUS_UNPACK_RATIO is \"\(text)\": it must be a number") }
            options.unpackRatio = times
        }
    }
}
