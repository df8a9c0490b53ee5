import CommandLine
import Glibc
import LinuxSystem

/// Where a command writes an archive: `-o FILE`, which appears whole or not at all, or stdout.
enum OutputFile {
    static let flag = Flag.string("output", short: "o", completing: .file, help: "Write to a file, instead of STDOUT")

    private static let temporaryFile: Int32 = 0o20200000  // O_TMPFILE, which Swift's Glibc does not show

    /// Runs `body` with a descriptor to write to.
    ///
    /// - Throws: `.invalidArgument` for a terminal.
    static func write(_ parsed: ParsedCommand, _ body: (Int32, String) throws(ApusError) -> Void) throws(ApusError) {
        guard let path = parsed[flag], path != "-" else {
            if isatty(1) == 1 { throw ApusError(.invalidArgument, "cowardly refusing to save to a terminal", hint: "use the -o flag or redirect") }
            return try body(1, "stdout")
        }
        var status = stat()
        if unsafe stat(path, &status) == 0 {
            if status.st_mode & S_IFMT == S_IFDIR { throw ApusError(.invalidArgument, "cannot write \(path): it is a directory") }
            // A device or a pipe is written as it is.
            if status.st_mode & S_IFMT != S_IFREG {
                let file = try openFile(path, O_WRONLY)
                return try body(file.raw, path)
            }
        }
        try replace(path, body)
    }

    /// The file has no name until it is whole, so that nothing is left of one that is not.
    private static func replace(_ path: String, _ body: (Int32, String) throws(ApusError) -> Void) throws(ApusError) {
        let slash = path.lastIndex(of: "/")
        let parent = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let temporary = "\(parent)/.\(slash.map { path[path.index(after: $0)...] } ?? path[...]).\(getpid()).tmp"
        let file: OwnedFD
        var isNamed = false
        do {
            file = try openFile(parent, O_WRONLY | temporaryFile, mode: 0o600)
        } catch  where error.errno == EOPNOTSUPP || error.errno == EISDIR {
            file = try openFile(temporary, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
            isNamed = true
        } catch {
            throw ApusError(error.code, "cannot write \(path)", errno: error.errno)
        }
        do throws(ApusError) {
            try body(file.raw, path)
            if !isNamed {
                // AT_SYMLINK_FOLLOW
                try systemCall("cannot name \(path)") { [raw = file.raw] in unsafe linkat(AT_FDCWD, "/proc/self/fd/\(raw)", AT_FDCWD, temporary, 0x400) }
            }
            try systemCall("cannot rename \(temporary) to \(path)") { unsafe rename(temporary, path) }
            try file.close(path)
        } catch {
            _ = unsafe unlink(temporary)
            throw error
        }
    }
}
