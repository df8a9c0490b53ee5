import CShim
import ContainerRuntime
import Glibc
import LinuxSystem
import SeededRandom

/// Seeded chance for the tests of the start handshake: a round is a function of seed and number, so that it can be run again.
///
/// `APUS_HANDSHAKE_ROUNDS` and `APUS_HANDSHAKE_SEED` are what scripts/fuzz sets; without a seed it is another one each time.
struct Dice: RandomNumberGenerator {
    static let seed: UInt64 = number("APUS_HANDSHAKE_SEED") ?? .random(in: 1...1_000_000)

    /// The rounds of one test.
    static func rounds(_ usual: Int, slow: Int) -> Range<Int> { 0..<Int(number("APUS_HANDSHAKE_ROUNDS") ?? UInt64(isSlow ? slow : usual)) }

    private var random: SeededRandom

    init(round: Int) { random = SeededRandom(seed: Dice.seed &+ UInt64(round) &* 0x2545_f491_4f6c_dd1d) }

    mutating func next() -> UInt64 { random.next() }

    /// True once in `count` times.
    mutating func one(in count: Int) -> Bool { Int.random(in: 0..<count, using: &self) == 0 }

    /// One of these.
    mutating func pick<Element>(_ choices: [Element]) -> Element { choices[Int.random(in: 0..<choices.count, using: &self)] }

    /// Bytes of any content.
    mutating func bytes(_ lengths: ClosedRange<Int>) -> [UInt8] {
        (0..<Int.random(in: lengths, using: &self)).map { _ in UInt8(truncatingIfNeeded: next()) }
    }

    /// Lets a moment pass, up to so many milliseconds.
    mutating func pause(_ most: Int) { usleep(UInt32.random(in: 0...UInt32(most * 1000), using: &self)) }

    private static func number(_ name: String) -> UInt64? { unsafe getenv(name).flatMap { unsafe UInt64(String(cString: $0)) } }
}

/// Sends one message of a SOCK_SEQPACKET socket; that nobody listens any more is no error.
func sendMessage(_ socket: Int32, _ bytes: [UInt8], _ descriptors: [Int32] = []) {
    unsafe apus_send_message(socket, bytes, bytes.count, descriptors, descriptors.count)
}

/// Whether something can be read, or the other end is gone, within this time.
func isReadable(_ socket: Int32, milliseconds: Int32) -> Bool {
    var set = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&set, 1, milliseconds) > 0
}

/// The processes that have this word in their command line.
func processes(with word: String) -> [Int32] {
    ((try? listDirectory("/proc")) ?? []).compactMap { Int32($0) }.filter { pid in
        (try? readText("/proc/\(pid)/cmdline"))?.contains(word) == true
    }
}
