import Glibc
import MallocCount

/// Processor time in ns: the clock on the wall also counts what others do.
func processorTime() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
}

/// Measures, and remembers whether something allocates that must not.
final class Bench {
    private(set) var failures = 0
    /// What is computed must not be left out by the compiler.
    private(set) var sink: UInt64 = 0

    /// The median of five rounds, for each time.
    func measure(_ name: String, _ count: Int, mayAllocate: Bool = false, _ body: (Int) -> UInt64) {
        for index in 0..<1000 { sink &+= body(index) }
        var rounds: [Double] = []
        rounds.reserveCapacity(5)
        var allocations: UInt = 0
        for _ in 0..<5 {
            let before = malloc_count()
            let start = processorTime()
            for index in 0..<count { sink &+= body(index) }
            let time = processorTime() - start
            allocations += malloc_count() - before
            rounds.append(time / Double(count))
        }
        let median = rounds.sorted()[2]
        let rate = median > 1000 ? "\(Int(1e9 / median)) a second" : "\((median * 10).rounded() / 10) ns"
        let each = (Double(allocations) / Double(5 * count) * 100).rounded() / 100
        let isFailure = !mayAllocate && allocations > 0
        if isFailure { failures += 1 }
        print("\(name): \(rate), \(each) allocations\(mayAllocate ? "" : isFailure ? " MISS" : " PASS")")
    }
}
