import Glibc
import LinuxSystem

@testable import ImageStore

/// A directory of a test's own, removed with the value.
final class Scratch {
    let path: String

    init() throws {
        path = "/tmp/apus-images-\(getpid())-\(UInt32.random(in: .min ... .max))"
        try makeDirectories(path)
    }

    deinit { try? removeTree(path) }

    /// A store below it.
    var store: ImageStore { ImageStore(root: "\(path)/store") }

    /// Writes a file and answers its path.
    @discardableResult
    func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        try replaceFile("\(path)/\(name)", with: bytes)
        return "\(path)/\(name)"
    }

    /// Runs a shell script in the directory and answers what it printed.
    @discardableResult
    func shell(_ script: String) throws -> String {
        let output = "\(path)/.output-\(UInt32.random(in: .min ... .max))"
        let command = "cd '\(path)' && { \(script)\n} >'\(output)' 2>&1"
        let status = unsafe system(command)
        let text = try readText(output)
        try removeTree(output)
        if status != 0 { throw ApusError(.system, "status \(status) of: \(script)\n\(text)") }
        return text
    }

    /// Every path below a directory that is no store's own skeleton, for looking whether anything is left.
    func leftovers() throws -> [String] {
        try shell("cd store && find . -type f -o -path './layers/[0-9a-f]*' -prune -o -path './tmp/*' | sort").split(separator: "\n").map(String.init)
    }
}

let isRoot = getuid() == 0

/// Whether a program is installed.
func installed(_ programs: String...) -> Bool { programs.allSatisfy { program in ["/usr/bin/", "/bin/"].contains { fileExists($0 + program) } } }

/// Numbers that are the same at each run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

/// All members of a tar in memory, each with its body.
func members(_ tar: [UInt8], needsEndMarker: Bool = true) throws -> [(entry: TarEntry, body: [UInt8])] {
    let reader = TarReader(PrefixedSource(tar, then: nil), needsEndMarker: needsEndMarker)
    var result = [(TarEntry, [UInt8])]()
    while let entry = try reader.next() {
        var body = [UInt8]()
        while true {
            let piece = try unsafe reader.body()
            if unsafe piece.isEmpty { break }
            unsafe body.append(contentsOf: piece)
        }
        result.append((entry, body))
    }
    return result
}

/// The error that `body` throws; one of another type is a bug.
func failure(_ body: () throws -> some Any) -> ApusError? {
    do {
        _ = try body()
        return nil
    } catch {
        guard let error = error as? ApusError else { fatalError("unexpected error: \(error)") }
        return error
    }
}
