public import LinuxSystem

/// A signal by name or number, as `kill` and `--stop-signal` take it (signal(7)).
///
/// Numbers are those of x86, Arm, RISC-V and s390; real-time signals are counted as glibc counts them: RTMIN is 34.
public struct Signal: Hashable, Sendable, CustomStringConvertible {
    /// The kernel's number, 1 to 64.
    public let number: Int32

    /// SIGTERM.
    public static let terminate = Signal(unchecked: 15)
    /// SIGKILL.
    public static let kill = Signal(unchecked: 9)

    private init(unchecked number: Int32) { self.number = number }

    /// The signal with this number; nil outside 1 to 64.
    public init?(number: Int32) {
        guard (1...Signal.realTimeLast).contains(number) else { return nil }
        self.number = number
    }

    /// The signal that a user typed: `15`, `TERM`, `SIGTERM`, `sigterm`, `RTMIN+3`, `SIGRTMAX-1`.
    public init(_ text: String) throws(ApusError) {
        guard let number = Signal.parse(text), let signal = Signal(number: number) else {
            throw ApusError(.invalidArgument, "invalid signal: \(text)")
        }
        self = signal
    }

    /// The name with `SIG`.
    public var description: String {
        if let entry = Signal.table.first(where: { $0.number == number }) { return "SIG" + entry.name }
        // 32 and 33 belong to the C library and have no name.
        guard number >= Signal.realTimeFirst else { return "\(number)" }
        if number == Signal.realTimeFirst { return "SIGRTMIN" }
        if number == Signal.realTimeLast { return "SIGRTMAX" }
        return number < 50 ? "SIGRTMIN+\(number - Signal.realTimeFirst)" : "SIGRTMAX-\(Signal.realTimeLast - number)"
    }

    private static let realTimeFirst: Int32 = 34
    private static let realTimeLast: Int32 = 64

    private static func parse(_ text: String) -> Int32? {
        if let number = Int32(text) { return number }
        var name = Substring(text.uppercased())
        if name.hasPrefix("SIG") { name = name.dropFirst(3) }
        if let entry = table.first(where: { $0.name == name }) { return entry.number }
        return realTime(name, "RTMIN", from: realTimeFirst, sign: "+") ?? realTime(name, "RTMAX", from: realTimeLast, sign: "-")
    }

    private static func realTime(_ name: Substring, _ base: String, from start: Int32, sign: Character) -> Int32? {
        guard name.hasPrefix(base) else { return nil }
        let rest = name.dropFirst(base.count)
        if rest.isEmpty { return start }
        guard rest.first == sign, let distance = UInt8(rest.dropFirst()), rest.dropFirst().first != "+", distance <= 30 else { return nil }
        return sign == "+" ? start + Int32(distance) : start - Int32(distance)
    }

    // The first name of a number is the one that is printed.
    private static let table: [(name: String, number: Int32)] = [
        ("HUP", 1), ("INT", 2), ("QUIT", 3), ("ILL", 4), ("TRAP", 5), ("ABRT", 6), ("IOT", 6), ("BUS", 7), ("FPE", 8), ("KILL", 9),
        ("USR1", 10), ("SEGV", 11), ("USR2", 12), ("PIPE", 13), ("ALRM", 14), ("TERM", 15), ("STKFLT", 16), ("CHLD", 17), ("CLD", 17),
        ("CONT", 18), ("STOP", 19), ("TSTP", 20), ("TTIN", 21), ("TTOU", 22), ("URG", 23), ("XCPU", 24), ("XFSZ", 25), ("VTALRM", 26),
        ("PROF", 27), ("WINCH", 28), ("IO", 29), ("POLL", 29), ("PWR", 30), ("SYS", 31), ("UNUSED", 31),
    ]
}
