// apus-fuzz config|switch SEED FIRST COUNT: inputs FIRST to FIRST+COUNT-1. scripts/fuzz runs it and says how to see a failure again.
import ConfigFuzz
import Glibc
import SwitchFuzz

let words = CommandLine.arguments
guard words.count == 5, let seed = UInt64(words[2]), let first = UInt64(words[3]), let count = UInt64(words[4]), ["config", "switch"].contains(words[1]) else {
    print("usage: apus-fuzz config|switch SEED FIRST COUNT")
    exit(2)
}

let started = ContinuousClock.now
var configs = try ConfigFuzzer(seed: seed)
var frames = SwitchFuzzer(seed: seed)
let isSwitch = words[1] == "switch"
if count == 1, !isSwitch { print(String(decoding: configs.input(first), as: UTF8.self)) }
/// Processor time in microseconds: the clock on the wall also counts what others do.
func processorTime() -> Int {
    var time = timespec()
    unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000 + time.tv_nsec / 1000
}

var slowest: (time: Int, number: UInt64) = (0, first)
// The number of the input, where whoever looks finds it after a crash.
let place = unsafe open("/dev/fd/3", O_WRONLY)
for number in first..<first + count {
    if place >= 0 { unsafe withUnsafeBytes(of: number) { _ = unsafe pwrite(place, $0.baseAddress!, 8, 0) } }
    let start = processorTime()
    do {
        if isSwitch { try frames.run(number) } else { try configs.run(number) }
    } catch {
        print("input \(number) of seed \(seed): \(error)")
        if isSwitch { print(frames.explanation) }
        exit(1)
    }
    let time = processorTime() - start
    if time > slowest.time { slowest = (time, number) }
}
var usage = rusage()
unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
let summary: String
if isSwitch {
    let depth = frames.depth
    summary = "\(depth.inputs) frames, \(depth.misses) misses, \(depth.sent) copies sent, \(depth.changes) flows changed"
} else {
    let depth = configs.depth
    summary = "\(depth.inputs) inputs, \(depth.read) read, \(depth.valid) valid, \(depth.compiled) compiled, \(depth.filters) filters"
}
print("\(summary) in \(ContinuousClock.now - started); slowest \(slowest.time) us (input \(slowest.number)), at most \(usage.ru_maxrss / 1024) MB")
if slowest.time > 2_000_000 || usage.ru_maxrss > 512 << 10 {
    print("that is too much")
    exit(1)
}
