import ContainerRuntime
import Engine
import LinuxSystem
import Testing

/// The key sequence that leaves a container running.
@Suite struct DetachKeysTests {
    @Test func sequenceDetaches() throws {
        var keys = try DetachKeys()
        let first = keys.filter([97, 16])
        #expect(first.passed == [97] && !first.detached)
        let second = keys.filter([17, 98])
        #expect(second.passed == [] && second.detached)
    }

    @Test func aHalfSequenceIsPassedOn() throws {
        var keys = try DetachKeys()
        _ = keys.filter([16])
        #expect(keys.filter([98]).passed == [16, 98])
        _ = keys.filter([16])
        #expect(keys.filter([16]).passed == [16], "the second may begin the sequence")
        #expect(keys.filter([17]).detached)
    }

    @Test func ownKeys() throws {
        var keys = try DetachKeys("a,ctrl-[")
        #expect(keys.filter([97, 27]).detached)
        #expect(throws: ApusError(.invalidArgument, "invalid --detach-keys: \"ctrl-1\"", hint: "for example ctrl-p,ctrl-q")) { try DetachKeys("ctrl-1") }
    }
}
