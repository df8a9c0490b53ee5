import Cgroups
import JSONCoding
import LinuxSystem
import OCISpec
import Testing

@testable import ContainerRuntime

@Suite struct RuntimeRecordTests {
    private var full: RuntimeRecord {
        get throws {
            var record = RuntimeRecord(
                id: "web", ociVersion: "1.3.0", bundle: "/b \"quoted\"", rootfs: "/b/rootfs", created: "2026-01-02T03:04:05Z", owner: 1000)
            record.pid = 4711
            record.processStart = .max
            record.remainder = LaunchRemainder(first: 3, steps: ["run the program (process)", "é"], program: "sh")
            record.cgroup = CgroupRecord(
                unified: "/sys/fs/cgroup/unified/web", legacy: [.io: "/sys/fs/cgroup/blkio/web", .netClass: "/n"], named: ["name=systemd": "/s/web"],
                placement: .own("above"), name: "web")
            record.plannedCgroup = CgroupRecord(unified: nil, legacy: [:], placement: .absolute("/x"), name: "web")
            record.unit = try SystemdUnit("system.slice:apus:web", id: "web", isRootless: true)
            record.namespaces = NamespaceKinds([.pid, .network]).rawValue
            record.annotations = ["b": "2", "a": ""]
            record.concernsLater = true
            return record
        }
    }

    @Test func whatIsWrittenIsRead() throws {
        let record = try full
        let text = record.json.text
        #expect(try RuntimeRecord(parseJSON(text, name: "state.json")) == record)
        // Every property is there: a new one that is not written fails this.
        let properties = Set(Mirror(reflecting: record).children.compactMap(\.label))
        for name in properties { #expect(String(decoding: text, as: UTF8.self).contains("\"\(name)\":"), "\(name)") }
    }

    @Test func whatIsNilStaysSo() throws {
        let record = RuntimeRecord(id: "a", ociVersion: "1.0.0", bundle: "/", rootfs: "/r", created: "", owner: 0)
        #expect(try RuntimeRecord(parseJSON(record.json.text, name: "state.json")) == record)
    }

    @Test(arguments: ["{}", #"{"schemaVersion":1,"id":"a"}"#, "[]", ""])
    func aDamagedRecordIsAnError(text: String) {
        #expect(throws: ApusError.self) { try RuntimeRecord(parseJSON(Array(text.utf8), name: "state.json")) }
    }

    /// Hooks read what `state` prints.
    @Test func hooksReadTheState() throws {
        for annotations in [nil, ["k": "v"]] {
            for pid in [nil, 7] {
                let state = State(ociVersion: "1.3.0", id: "a", status: "running", pid: pid, bundle: "/b\n", annotations: annotations)
                #expect(try String(decoding: state.json.text, as: UTF8.self) == String(decoding: writeJSON(state), as: UTF8.self))
            }
        }
    }
}
