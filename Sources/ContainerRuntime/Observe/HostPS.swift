import CShim
import Glibc
public import LinuxSystem

/// The host's program `ps`.
public enum HostPS {
    /// What it prints with these options: of these processes, or where the options do not go with a choice of them, of all.
    ///
    /// - Throws: `ApusError` with its own words when it refuses the options.
    public static func output(_ options: [String], pids: [Int32]) throws(ApusError) -> String {
        do {
            return try output(options + ["-q", pids.map(String.init).joined(separator: ",")])
        } catch  where error.code == .invalidArgument {
            return try output(options)
        }
    }

    /// What it prints with these arguments.
    ///
    /// - Throws: `ApusError` with its own words when it refuses them.
    private static func output(_ options: [String]) throws(ApusError) -> String {
        let program = try find()
        // Files in memory: ps never waits for us to read.
        let null = try openFile("/dev/null", O_RDONLY)
        let text = try memory()
        let complaint = try memory()
        let pid = try spawn(program, ["ps"] + options, [null.raw, text.raw, complaint.raw])
        var status: Int32 = 0
        try systemCall("cannot wait for ps") { unsafe waitpid(pid, &status, 0) }
        guard status == 0 else {
            let line = try content(complaint).split(separator: "\n").first { !$0.isEmpty }.map(String.init) ?? "it failed"
            throw ApusError(.invalidArgument, "cannot list processes by ps \(options.joined(separator: " ")): \(line)")
        }
        return try content(text)
    }

    private static func memory() throws(ApusError) -> OwnedFD {
        OwnedFD(adopting: try systemCall("cannot make a file in memory") { unsafe apus_memfd_create("apus-ps", 1) })  // MFD_CLOEXEC
    }

    private static func content(_ file: borrowing OwnedFD) throws(ApusError) -> String {
        lseek(file.raw, 0, SEEK_SET)
        return String(decoding: try readAll(file, name: "what ps prints"), as: UTF8.self)
    }

    private static func find() throws(ApusError) -> OwnedFD {
        for directory in ["/bin", "/usr/bin", "/usr/local/bin"] {
            if let program = try? openFile("\(directory)/ps", openPathOnly) { return program }
        }
        throw ApusError(.notFound, "cannot find the host's program ps", hint: "leave its options out, and it is not needed")
    }

    private static func spawn(_ program: borrowing OwnedFD, _ arguments: [String], _ descriptors: [Int32]) throws(ApusError) -> pid_t {
        var words = unsafe arguments.map { unsafe strdup($0) } + [nil]
        var variables = unsafe [unsafe strdup("LC_ALL=C"), unsafe strdup("PATH=/usr/bin:/bin"), nil]
        defer { _ = unsafe (words + variables).map { unsafe free($0) } }
        let raw = program.raw
        return try systemCall("cannot start ps") { unsafe apus_spawn(raw, &words, &variables, descriptors, descriptors.count, 0) }
    }
}
