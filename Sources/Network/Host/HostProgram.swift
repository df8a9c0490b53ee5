import CShim
import Glibc
import LinuxSystem

/// A program of the host that is run to its end; never on the way of a container's start.
enum HostProgram {
    /// Runs a program with a text on its stdin.
    ///
    /// - Returns: its output.
    /// - Throws: `ApusError` with what it wrote to stderr when it fails.
    static func run(_ words: [String], input: String = "") throws(ApusError) -> String {
        let path = try find(words[0])
        let stdin = try memory(Array(input.utf8))
        let (stdout, stderr) = (try memory([]).take(), try memory([]).take())
        defer {
            close(stdout)
            close(stderr)
        }
        let program = try openFile(path, openPathOnly)
        let copies = unsafe words.map { unsafe strdup($0) }
        let search = unsafe strdup("PATH=\(searchPath)")
        defer {
            for index in unsafe copies.indices { unsafe free(copies[index]) }
            unsafe free(search)
        }
        var arguments = unsafe copies + [nil]
        var environment = unsafe [search, nil]
        let inherited = [stdin.raw, stdout, stderr]
        let child = unsafe apus_spawn(program.raw, &arguments, &environment, inherited, inherited.count, 1)
        let number = errno
        if child < 0 { throw ApusError(errno: number, "cannot start \(path)") }
        var status: Int32 = 0
        try systemCall("cannot wait for \(path)") { unsafe waitpid(child, &status, 0) }
        if status != 0 {
            let said = text(stderr).split(separator: "\n").first.map(String.init)
            throw ApusError(.system, "\(words.joined(separator: " ")) failed", hint: said)
        }
        return text(stdout)
    }

    private static var searchPath: String { "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" }

    private static func find(_ name: String) throws(ApusError) -> String {
        for directory in searchPath.split(separator: ":") where fileExists("\(directory)/\(name)") { return "\(directory)/\(name)" }
        throw ApusError(.notFound, "cannot find the program \(name)", hint: "install the package nftables, or use --network none or host")
    }

    private static func memory(_ bytes: [UInt8]) throws(ApusError) -> OwnedFD {
        let memory = OwnedFD(adopting: try systemCall("cannot make memory for a program's text") { unsafe apus_memfd_create("apus-text", 1) })
        try writeAll(memory.raw, bytes, name: "a program's input")
        try systemCall("cannot rewind") { [raw = memory.raw] in lseek(raw, 0, SEEK_SET) }
        return memory
    }

    private static func text(_ descriptor: Int32) -> String {
        lseek(descriptor, 0, SEEK_SET)
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = unsafe read(descriptor, &chunk, chunk.count)
            if count <= 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += chunk[..<count]
        }
    }
}
