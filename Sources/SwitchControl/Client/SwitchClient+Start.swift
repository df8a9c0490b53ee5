import CShim
import Glibc
public import LinuxSystem

extension SwitchClient {
    /// Connects to the daemon of an instance, which is started where none runs.
    ///
    /// - Parameter program: the daemon's program; nil for the one beside our own.
    /// - Throws: `ApusError` with the daemon's own words where it cannot start.
    public static func open(_ paths: SwitchPaths, program: String? = nil) throws(ApusError) -> SwitchClient {
        // Twice connect, so that the common case takes no lock and many that come at once start one daemon.
        if let client = try connect(paths) { return client }
        try makeDirectories(paths.instance.runDirectory, mode: 0o711)
        let turn = try openFile(paths.startLock, O_RDWR | O_CREAT, mode: 0o600)
        try systemCall("cannot lock \(paths.startLock)") { [raw = turn.raw] in flock(raw, LOCK_EX) }
        if let client = try connect(paths) { return client }
        let found: String
        if let program { found = program } else { found = try SwitchPaths.program() }
        try start(found, paths)
        guard let client = try connect(paths) else { throw ApusError(.system, "apus-switchd ended right after its start", hint: "see \(paths.log)") }
        return client
    }

    /// Starts the daemon and waits until it listens: it then writes a line feed to descriptor 3, or else what is wrong.
    private static func start(_ path: String, _ paths: SwitchPaths) throws(ApusError) {
        var ends: [Int32] = [-1, -1]
        try systemCall("cannot make a pipe") { unsafe apus_pipe(&ends) }
        let ours = OwnedFD(adopting: ends[0])
        let theirs = OwnedFD(adopting: ends[1])
        let null = try openFile("/dev/null", O_RDWR)
        let log = try openFile(paths.log, O_WRONLY | O_CREAT | O_APPEND, mode: 0o600)
        let program = try openFile(path, openPathOnly)
        let inherited = [null.raw, log.raw, log.raw, theirs.raw]
        let words = ["apus-switchd", "--root", paths.instance.root, "--on-demand"]
        let copies = unsafe words.map { unsafe strdup($0) }
        let search = unsafe strdup("PATH=" + (unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? "/usr/sbin:/usr/bin:/sbin:/bin"))
        defer {
            for index in unsafe copies.indices { unsafe free(copies[index]) }
            unsafe free(search)
        }
        var arguments = unsafe copies + [nil]
        var environment = unsafe [search, nil]
        let child = unsafe apus_spawn(program.raw, &arguments, &environment, inherited, inherited.count, 1)
        let number = errno
        if child < 0 { throw ApusError(errno: number, "cannot start \(path)") }
        try theirs.close("the pipe of apus-switchd")
        let told = String(decoding: try readAll(ours, name: "the pipe of apus-switchd"), as: UTF8.self)
        if told == "\n" { return }
        var status: Int32 = 0
        unsafe waitpid(child, &status, 0)
        throw ApusError(.system, told.isEmpty ? "apus-switchd ended at its start" : "cannot start apus-switchd: \(told)", hint: "see \(paths.log)")
    }
}
