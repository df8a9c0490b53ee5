import Glibc
import LinuxSystem
import Testing

@testable import Engine

@Suite struct VolumeTests {
    /// An instance without containers in a directory of its own.
    private func withEngine(_ body: (Engine) throws -> Void) throws {
        let directory = "/tmp/apus-volumes-\(getpid())-\(UInt32.random(in: .min ... .max))"
        try makeDirectories(directory)
        defer { try? removeTree(directory) }
        try body(Engine(root: directory))
    }

    @Test(arguments: [
        ("data", true), ("a1", true), ("_x", true), ("a.b-c_d", true), ("a", false), ("", false), (".x", false), ("-x", false), ("a/b", false), ("ä1", false),
    ])
    func names(_ name: String, _ isValid: Bool) {
        #expect(Volume.isValid(name) == isValid)
    }

    @Test func areMadeOnceAndRemoved() throws {
        try withEngine { engine in
            #expect(try engine.createVolume("data", labels: ["a": "b"]) == "data")
            try replaceFile("\(try engine.volume("data").directory)/kept", with: [1])
            #expect(try engine.createVolume("data") == "data")
            #expect(try engine.volume("data").labels == ["a": "b"])
            #expect(fileExists("\(try engine.volume("data").directory)/kept"))
            try engine.removeVolume("data")
            #expect(try engine.volumes().isEmpty)
            let error = #expect(throws: ApusError.self) { try engine.removeVolume("data") }
            #expect(error?.description == "no such volume: data")
        }
    }

    @Test func pruneTakesNamedOnesOnlyWhenTold() throws {
        try withEngine { engine in
            _ = try engine.createVolume("named")
            let anonymous = try engine.createVolume(nil)
            try makeDirectories("\(engine.paths.volumes)/half")
            #expect(try engine.pruneVolumes(all: false).names == [anonymous])
            #expect(try listDirectory(engine.paths.volumes) == ["named"])
            #expect(try engine.pruneVolumes(all: true).names == ["named"])
        }
    }

    @Test func aNameThatIsWrongIsRefused() throws {
        try withEngine { engine in
            for name in ["../x", "/tmp", "a b"] {
                let error = #expect(throws: ApusError.self) { try engine.createVolume(name) }
                #expect(error?.message == "invalid volume name \"\(name)\"")
                #expect(throws: ApusError.self) { try engine.removeVolume(name) }
            }
        }
    }
}
