import CShim
import Glibc
import LinuxSystem

/// The plain bytes of a gzip source by igzip(1), which takes half of zlib's time, pipes included.
///
/// A thread feeds the program; whoever reads takes what comes out. When the end was read, the source is the caller's again.
final class IgzipSource: ByteSource {
    /// Below this many bytes the program's start costs more than it saves.
    private static let worthwhile = 1 << 20
    private static let path = "/usr/bin/igzip"
    private static let pipeSize = 1 << 20

    private let process: Int32
    private let output: OwnedFD
    private var feeder: WorkerThread?
    private let feed: Feed

    /// Starts the program; nil where this host has none that can be started, or where the source is too short for it.
    ///
    /// - Parameter size: the bytes of the source; nil for a stream.
    init?(_ source: any ByteSource, size: Int?) throws(ApusError) {
        if let size, size < Self.worthwhile { return nil }
        guard let program = try? openFile(Self.path, openPathOnly) else { return nil }
        let (input, output) = (try Self.pipe(), try Self.pipe())
        let inputEnd = OwnedFD(adopting: input.read)
        let outputEnd = OwnedFD(adopting: output.write)
        let ourInput = OwnedFD(adopting: input.write)
        self.output = OwnedFD(adopting: output.read)
        let null = try openFile("/dev/null", O_WRONLY)
        let descriptors = [inputEnd.raw, outputEnd.raw, null.raw]
        var words = unsafe [unsafe strdup("igzip"), unsafe strdup("-dc"), nil]
        defer { _ = unsafe words.map { unsafe free($0) } }
        var environment: [UnsafeMutablePointer<CChar>?] = unsafe [nil]
        // A session of its own: a Ctrl-C is for us, or it would look like damaged data.
        process = unsafe apus_spawn(program.raw, &words, &environment, descriptors, descriptors.count, 1)
        // zlib is always there.
        if process < 0 { return nil }
        let feed = Feed(source, ourInput)
        self.feed = feed
        do {
            feeder = try WorkerThread { feed.run() }
        } catch {
            kill(process, SIGKILL)
            _ = waitForProgram()
            throw error
        }
    }

    deinit {
        guard let feeder else { return }
        // Given up before the end: the feeder may wait for a slow source, and ends when it next wants to write.
        feeder.detach()
        kill(process, SIGKILL)
        _ = waitForProgram()
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ApusError) -> Int {
        guard let running = feeder else { return 0 }
        let raw = output.raw
        let count = try systemCall("cannot read from \(Self.path)") { unsafe Glibc.read(raw, buffer.baseAddress, buffer.count) }
        if count > 0 { return count }
        feeder = nil
        let status = waitForProgram()
        running.join()
        if let failure = feed.failure { throw failure }
        if status != 0 { throw ApusError(.malformed, "the gzip data is damaged or ends early") }
        return 0
    }

    private func waitForProgram() -> Int32 {
        var status: Int32 = 0
        while unsafe waitpid(process, &status, 0) < 0 && errno == EINTR {}
        return status
    }

    /// The reading and the writing end, closed on exec.
    private static func pipe() throws(ApusError) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        try systemCall("cannot make a pipe") { unsafe apus_pipe(&ends) }
        // Fewer switches between the two; where the user's pipes have their limit the usual size does.
        _ = apus_fcntl(ends[0], 1031, pipeSize)  // F_SETPIPE_SZ
        return (ends[0], ends[1])
    }
}

/// What the feeding thread does.
@safe private final class Feed: @unchecked Sendable {
    private let source: any ByteSource
    private var input: OwnedFD
    /// Why the source could not be read to its end; looked at when the thread has ended.
    private(set) var failure: ApusError?

    init(_ source: any ByteSource, _ input: consuming OwnedFD) {
        self.source = source
        self.input = input
    }

    func run() {
        // A program that ended is told by EPIPE.
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, SIGPIPE)
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
        let buffer = ByteBuffer(capacity: sourceBufferSize)
        do throws(ApusError) {
            while true {
                let count = try unsafe source.read(into: buffer.bytes)
                if count == 0 { break }
                try unsafe writeWhole(input.raw, UnsafeRawBufferPointer(rebasing: buffer.bytes[..<count]), name: "igzip's input")
            }
        } catch  where error.errno == EPIPE {
            // It found what it has damaged, and its status says so.
        } catch {
            failure = error
        }
        input = .none
    }
}
