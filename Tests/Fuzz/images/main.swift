// apus-fuzz-images TARGET [libFuzzer's arguments]: libFuzzer over one parser of images. scripts/fuzz builds and runs it.
import ImageFuzz

/// libFuzzer's own main function, which is linked in by -sanitize=fuzzer (FuzzerInterface.h).
@_silgen_name("LLVMFuzzerRunDriver") private func runDriver(
    _ count: UnsafeMutablePointer<Int32>, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ test: @convention(c) (UnsafePointer<UInt8>, Int) -> Int32
) -> Int32

guard CommandLine.arguments.count > 1, let wanted = ImageFuzzTarget(rawValue: CommandLine.arguments[1]) else {
    fatalError("usage: apus-fuzz-images \(ImageFuzzTarget.allCases.map(\.rawValue).joined(separator: "|")) [libFuzzer's arguments]")
}
let target = wanted
var count = CommandLine.argc - 1
var arguments = unsafe CommandLine.unsafeArgv + 1
_ = unsafe runDriver(&count, &arguments) { data, size in
    let input = unsafe Array(UnsafeBufferPointer(start: data, count: size))
    if let problem = target.run(input) { fatalError(problem) }
    return 0
}
