import Engine
import Glibc
import LinuxSystem
import Testing

/// The image of the tests: made once a process, loaded once, and shared by hard links.
enum BusyboxImage {
    /// A `docker save` archive of `busybox:latest`.
    static let archive: String = made.get("archive")

    /// Gives an instance the image.
    static func put(into apus: Apus) throws {
        try apus.host("cp", "-al", "\(made.get("root"))/.", apus.paths.root)
    }

    /// The image's files: removed when the process ends.
    private static let made: Made = {
        let directory = "\(Apus.temporary)/apus-test-image-\(getpid())"
        do {
            try? removeTree(directory)
            try makeDirectories("\(directory)/root")
            try execute(["/bin/bash", "images/busybox/make", "\(directory)/busybox.tar", "busybox:latest"])
            try execute([Apus.program, "--root", "\(directory)/root", "load", "-q", "-i", "\(directory)/busybox.tar"])
        } catch { fatalError("cannot make the tests' image: \(error)") }
        atexit { try? removeTree("\(Apus.temporary)/apus-test-image-\(getpid())") }
        return Made(directory: directory)
    }()

    private struct Made {
        let directory: String
        func get(_ part: String) -> String { part == "archive" ? "\(directory)/busybox.tar" : "\(directory)/root" }
    }
}

/// Runs a program of the host in the current directory; it must succeed.
///
/// What it printed, without the last line feed.
@discardableResult
func execute(_ arguments: [String], input: String? = nil, directory: String? = nil, timeout: Double = 120) throws -> String {
    let environment = ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TMPDIR": Apus.temporary, "LC_ALL": "C"]
    let running = try Running(arguments, input: input.map(Running.Input.text) ?? .empty, environment: environment, directory: directory)
    let outcome = try running.wait(timeout: timeout)
    if outcome.code != 0 { throw ApusError(.system, "\(arguments.joined(separator: " ")): \(outcome)") }
    return outcome.output.last == "\n" ? String(outcome.output.dropLast()) : outcome.output
}

extension Apus {
    /// Runs a program of the host in the test's files; it must succeed.
    ///
    /// What it printed, without the last line feed.
    @discardableResult
    func host(_ arguments: String..., input: String? = nil) throws -> String {
        try execute(arguments, input: input, directory: "\(scratch)/files")
    }
}
