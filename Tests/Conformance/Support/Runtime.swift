import Glibc
import LinuxSystem

/// The runtime that the cases are about: `APUS_RUNTIME`, a path or a name, or else the `apus-runtime` that `make build` made.
enum Runtime {
    static let path: String = {
        if let given = unsafe getenv("APUS_RUNTIME") {
            let name = unsafe String(cString: given)
            if name.contains("/") { return name }
            return searchPath.split(separator: ":").map { "\($0)/\(name)" }.first { fileExists($0) } ?? name
        }
        if let programs = unsafe getenv("APUS_BIN") { return unsafe String(cString: programs) + "/apus-runtime" }
        return (try? readLink("/proc/self/cwd")).map { "\($0)/bin/apus-runtime" } ?? "bin/apus-runtime"
    }()

    /// Runs the runtime, without a root of its own.
    static func call(_ arguments: String..., directory: String = "/") throws -> Outcome {
        try Program([path] + arguments, directory: directory).wait()
    }
}
