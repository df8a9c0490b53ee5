import CommandLine
import Engine
import Glibc

/// Flags that stand before the command.
enum Globals {
    static let root = Flag.string("root", value: "path", completing: .directory, help: "Directory that holds images and containers and names the instance")

    static let all: [any DeclaredFlag] = [root]

    /// The engine of the instance that `--root`, APUS_ROOT or the default names.
    static func engine(_ parsed: ParsedCommand) -> Engine {
        Engine(root: absolute(parsed[root] ?? environment("APUS_ROOT") ?? EnginePaths.standardRoot))
    }

    static func environment(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        let text = unsafe String(cString: value)
        return text.isEmpty ? nil : text
    }

    /// A path from the working directory on.
    static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        guard let directory = unsafe getcwd(nil, 0) else { return path }
        defer { unsafe free(directory) }
        return unsafe String(cString: directory) + "/" + path
    }
}
