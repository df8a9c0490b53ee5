import ConfigFuzz
import Testing

/// The first inputs of what `make fuzz T=config` runs a million of.
@Suite struct ConfigFuzzTests {
    @Test func damagedConfigurationsAreRefusedOrCompiled() throws {
        var fuzzer = try ConfigFuzzer(seed: 1)
        for number: UInt64 in 0..<2000 { try fuzzer.run(number) }
        let depth = fuzzer.depth
        // Inputs that never come far would test nothing.
        #expect(depth.read > depth.inputs / 4 && depth.valid > depth.inputs / 20 && depth.compiled > depth.inputs / 50, "\(depth)")
    }
}
