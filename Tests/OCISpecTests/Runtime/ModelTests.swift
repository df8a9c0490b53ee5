import ConfigFuzz
import FoundationEssentials
import JSONCoding
import LinuxSystem
import OCISpec
import Testing

/// A configuration that has every object of the specification once.
let fullConfig = ConfigSeeds.everyField

@Suite struct ModelTests {
    /// JSON text without regard to the order of keys.
    private func object(_ data: Data) throws -> JSON { try JSONDecoder().decode(JSON.self, from: data) }

    @Test func everyFieldSurvivesARoundTrip() throws {
        let data = Data(fullConfig.utf8)
        let spec = try JSONDecoder().decode(Spec.self, from: data)
        #expect(try object(JSONEncoder().encode(spec)) == object(data))
        #expect(try readJSON(Spec.self, from: Array(fullConfig.utf8), name: "config.json") == spec)
        #expect(spec.process?.rlimits?.first?.hard == .max)
        #expect(spec.linux?.seccomp?.syscalls?.first?.args?.first?.value == .max)
        #expect(spec.linux?.resources?.memory?.swap == .max)
    }

    @Test func unknownFieldsAreIgnoredAndNullIsNothing() throws {
        let text = #"{"ociVersion":"1.0.0","future":{"a":[1]},"process":null,"root":{"path":"r","later":1},"linux":{"resources":null,"x":0}}"#
        let spec = try JSONDecoder().decode(Spec.self, from: Data(text.utf8))
        #expect(spec == Spec(ociVersion: "1.0.0", root: Root(path: "r"), linux: Linux()))
        #expect(try readJSON(Spec.self, from: Array(text.utf8), name: "config.json") == spec)
    }

    @Test func absentFieldsAreNotWritten() throws {
        let data = try JSONEncoder().encode(Spec(ociVersion: "1.3.0"))
        #expect(String(decoding: data, as: UTF8.self) == #"{"ociVersion":"1.3.0"}"#)
    }

    @Test(arguments: [#"{}"#, #"{"ociVersion":1}"#, #"{"ociVersion":"1.0.0","linux":{"resources":{"cpu":{"shares":-1}}}}"#, "[", ""])
    func wrongShapesThrow(_ text: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Spec.self, from: Data(text.utf8)) }
        #expect(throws: ApusError.self) { try readJSON(Spec.self, from: Array(text.utf8), name: "config.json") }
    }

    @Test func stateRoundTrip() throws {
        let state = State(ociVersion: "1.3.0", id: "a", status: "running", pid: 7, bundle: "/b", annotations: ["k": "v"])
        #expect(try JSONDecoder().decode(State.self, from: JSONEncoder().encode(state)) == state)
    }
}

/// Any JSON value, to compare two texts.
indirect enum JSON: Decodable, Equatable {
    case object([String: JSON]), array([JSON]), text(String), signed(Int64), unsigned(UInt64), truth(Bool)

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let truth = try? value.decode(Bool.self) {
            self = .truth(truth)
        } else if let number = try? value.decode(Int64.self) {
            self = .signed(number)
        } else if let number = try? value.decode(UInt64.self) {
            self = .unsigned(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let items = try? value.decode([JSON].self) {
            self = .array(items)
        } else {
            self = .object(try value.decode([String: JSON].self))
        }
    }
}
