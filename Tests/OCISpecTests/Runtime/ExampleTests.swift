import JSONCoding
import OCISpec
import Testing

@Suite struct ExampleTests {
    private func text(_ value: some Encodable) throws -> String { String(decoding: try writeJSON(value, indent: "\t"), as: UTF8.self) }

    @Test(arguments: [true, false]) func theExampleIsValid(_ cgroupNamespace: Bool) {
        let example = Spec.example(cgroupNamespace: cgroupNamespace)
        #expect(example.validate() == [])
        #expect(example.rootless(uid: 1000, gid: 100).validate() == [])
        #expect(example.linux?.namespaces?.contains { $0.type == "cgroup" } == cgroupNamespace)
    }

    /// Tabs and the order of fields as `runc spec` has them.
    @Test func theExampleLooksLikeRuncs() throws {
        let lines = try text(Spec.example(cgroupNamespace: false)).split(separator: "\n").map(String.init)
        #expect(
            lines.prefix(10) == [
                "{", "\t\"ociVersion\": \"1.3.0\",", "\t\"process\": {", "\t\t\"terminal\": true,", "\t\t\"user\": {", "\t\t\t\"uid\": 0,", "\t\t\t\"gid\": 0",
                "\t\t},", "\t\t\"args\": [", "\t\t\t\"sh\"",
            ])
        let fields = lines.filter { $0.hasPrefix("\t\"") }.compactMap { $0.split(separator: "\"").dropFirst().first }
        #expect(fields == ["ociVersion", "process", "root", "hostname", "mounts", "linux"])
    }

    @Test func rootlessHasNoLimitsAndTheHostsNetwork() {
        let spec = Spec.example(cgroupNamespace: true).rootless(uid: 1000, gid: 100)
        #expect(spec.linux?.namespaces?.map(\.type) == ["pid", "ipc", "uts", "mount", "cgroup", "user"])
        #expect(spec.linux?.uidMappings == [LinuxIDMapping(containerID: 0, hostID: 1000, size: 1)])
        #expect(spec.linux?.gidMappings == [LinuxIDMapping(containerID: 0, hostID: 100, size: 1)])
        #expect(spec.linux?.resources == nil)
        #expect(spec.mounts?.first { $0.destination == "/sys" }?.options == ["rbind", "nosuid", "noexec", "nodev", "ro"])
        #expect(spec.mounts?.first { $0.destination == "/dev/pts" }?.options == ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"])
    }

    @Test func stateIsWrittenInTheSpecificationsOrder() throws {
        let state = State(ociVersion: "1.3.0", id: "a", status: "running", pid: 7, bundle: "/b", annotations: ["z": "1", "a": "2"])
        #expect(
            String(decoding: try writeJSON(state), as: UTF8.self)
                == #"{"ociVersion":"1.3.0","id":"a","status":"running","pid":7,"bundle":"/b","annotations":{"a":"2","z":"1"}}"#)
    }
}
