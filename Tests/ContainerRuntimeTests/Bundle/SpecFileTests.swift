import ContainerRuntime
import Glibc
import JSONCoding
import LinuxSystem
import OCISpec
import Testing

@Suite struct SpecFileTests {
    /// Runs a body with an empty directory that is gone afterwards.
    private func inDirectory(_ body: (String) throws -> Void) throws {
        let directory = "/tmp/apus-spec-file-\(getpid())-\(UInt32.random(in: .min ... .max))"
        try makeDirectories(directory)
        defer { try? removeTree(directory) }
        try body(directory)
    }

    private func refusal(_ path: String) -> String {
        do {
            _ = try SpecFile.read(path)
            return "read"
        } catch {
            return error.description
        }
    }

    /// The specification's text calls them required, its schema and runc do not.
    @Test func aMissingUserIsRoot() throws {
        let text = #"{"ociVersion":"1.0.0","process":{"cwd":"/","ioPriority":{"class":"IOPRIO_CLASS_IDLE"}}}"#
        let process = Process(user: User(), cwd: "/", ioPriority: LinuxIOPriority(class: "IOPRIO_CLASS_IDLE", priority: 0))
        #expect(try SpecFile.decode(Array(text.utf8), name: "config.json") == Spec(ociVersion: "1.0.0", process: process))
        #expect(try readJSON(Spec.self, from: Array(text.utf8), name: "config.json") == Spec(ociVersion: "1.0.0", process: process))
    }

    @Test func aConfigIsReadAndErrorsNameFileAndField() throws {
        try inDirectory { directory in
            let path = directory + "/config.json"
            try replaceFile(path, with: Array(#"{"ociVersion":"1.3.0","linux":{"resources":{"memory":{"limit":-1}}}}"#.utf8))
            let limits = LinuxResources(memory: LinuxMemory(limit: -1))
            #expect(try SpecFile.read(path) == Spec(ociVersion: "1.3.0", linux: Linux(resources: limits)))
            try replaceFile(path, with: Array(#"{"ociVersion":"1.3.0","linux":{"resources":{"memory":{"limit":"1G"}}}}"#.utf8))
            #expect(refusal(path) == "\(path): linux.resources.memory.limit: expected a number, found a string")
            try replaceFile(path, with: Array(#"{"user":{"uid":1,"gid":2},"args":["a"],"cwd":"/"}"#.utf8))
            #expect(try SpecFile.readProcess(path) == Process(user: User(uid: 1, gid: 2), args: ["a"], cwd: "/"))
            try replaceFile(path, with: Array(#"{"memory":{"limit":-1}}"#.utf8))
            #expect(try SpecFile.readResources(path) == limits)
            #expect(refusal(directory + "/none") == "cannot open \(directory)/none: no such file or directory (ENOENT)")
        }
    }

    /// None of these may be waited for, or read.
    @Test func onlyRegularFilesAreRead() throws {
        try inDirectory { directory in
            let fifo = directory + "/fifo"
            try systemCall("cannot make \(fifo)") { unsafe mkfifo(fifo, 0o600) }
            for path in [fifo, directory, "/dev/zero", "/dev/null"] {
                #expect(refusal(path) == "cannot read \(path): it is not a regular file")
            }
        }
    }

    @Test func tooMuchIsRefusedAtOnce() throws {
        try inDirectory { directory in
            let large = directory + "/large"
            try replaceFile(large, with: [])
            try systemCall("cannot lengthen \(large)") { unsafe truncate(large, 100 << 20) }
            let start = ContinuousClock.now
            #expect(refusal(large) == "cannot read \(large): it is longer than 16777216 bytes")
            let deep = directory + "/deep"
            try replaceFile(deep, with: Array((#"{"x":"# + String(repeating: "[", count: 100_000)).utf8))
            #expect(refusal(deep) == "\(deep): line 1, column 261: more than 256 arrays and objects inside each other")
            #expect(ContinuousClock.now - start < .seconds(1))
        }
    }
}
