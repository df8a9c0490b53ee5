/// A JSON text as its tokens, to be damaged a little and put together again.
struct FuzzText {
    /// Braces, brackets, colons, commas, words, numbers and whole strings.
    var tokens: [[UInt8]] = []

    /// The tokens of a valid text.
    init(_ text: String) {
        let bytes = Array(text.utf8)
        var index = 0
        while index < bytes.count {
            let start = index
            switch bytes[index] {
            case UInt8(ascii: " "), 9, 10, 13:
                index += 1
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ":"), UInt8(ascii: ","): index += 1
            case UInt8(ascii: "\""):
                index += 1
                while bytes[index] != UInt8(ascii: "\"") { index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1 }
                index += 1
            default: while index < bytes.count, !FuzzText.ends(bytes[index]) { index += 1 }
            }
            tokens.append(Array(bytes[start..<index]))
        }
    }

    private static func ends(_ byte: UInt8) -> Bool {
        byte <= 0x20 || [UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ":")].contains(byte)
    }

    /// The text again.
    var bytes: [UInt8] { Array(tokens.joined()) }

    /// Numbers at the edges of their types, and what is no whole number.
    private static let numbers = [
        "0", "-0", "1", "-1", "2", "7", "9", "10", "100", "255", "256", "999", "1000", "1001", "4095", "4096", "65535", "65536", "262144", "262145", "1048575",
        "1048576", "2147483647", "2147483648", "-2147483648", "-2147483649", "4294967295", "4294967296", "999999999", "1000000000", "9223372036854775807",
        "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551616", "1e3", "1.5", "-1e400",
        "123456789012345678901234567890",
    ]
    /// Texts that somebody might take for more than text.
    private static let strings = [
        "", "/", "//", ".", "..", "../x", "/..", "/proc/self", "/a/../b", "a b", "a,b", "=", "=x", "A=1", ":", "0", "-1", "0-3", "3-0", "0-", "0,,1",
        "0-4294967295",
        "999999-999999", "0-31:2/4", "0:0/0", "rw", "rro", "rbind", "bind", "idmap", "ridmap", "tmpcopyup", "remount", "shared", "rslave", "size=1", "host",
        "c", "b", "p", "a",
        "rwm", "SCMP_ACT_ERRNO", "SCMP_ACT_NOTIFY", "SCMP_CMP_MASKED_EQ", "SCHED_DEADLINE", "SCHED_FIFO", "IOPRIO_CLASS_RT", "RLIMIT_NOFILE", "CAP_SYS_ADMIN",
        "CAP_NONE", "pid",
        "mount", "user", "time", "cgroup", "cgroup2", "tmpfs", "proc", "sysfs", "mqueue", "overlay", "2MB", "1GB", "0KB", "99999999999MB", "memory.high",
        "cpu.max", "x.y/z",
        "MPOL_PREFERRED", "LINUX32", "L3:0=ffff;1=0", "MB:0=", "\\u0000", "a\\u0000b", "\\ud83d\\ude00", "\\n\\r\\t", "é", "/sys/fs/cgroup", "1.0.0", "1.3.0",
        "2.0.0", "a:b:c", "system.slice:x:y",
    ]

    /// Damages the tokens in one way.
    mutating func mutate(_ random: inout some RandomNumberGenerator) {
        guard let place = tokens.indices.randomElement(using: &random) else { return }
        switch Int.random(in: 0..<20, using: &random) {
        case 0...5: replace(near: place, with: FuzzText.numbers.randomElement(using: &random) ?? "0") { FuzzText.isNumber($0) }
        case 6...11: replace(near: place, with: "\"\(FuzzText.strings.randomElement(using: &random) ?? "")\"") { $0.first == UInt8(ascii: "\"") }
        case 12: tokens[place] = Array((["null", "true", "false", "{}", "[]", "0", "\"\""].randomElement(using: &random) ?? "null").utf8)
        case 13: if let other = tokens.indices.randomElement(using: &random) { tokens.swapAt(place, other) }
        case 14: tokens.remove(at: place)
        case 15, 16: repeatElement(near: place, Int.random(in: 1...40, using: &random))
        case 17, 18: removeMember(near: place)
        default:
            let long = String(repeating: ["a", "/", "..", "é", ","].randomElement(using: &random) ?? "a", count: Int.random(in: 1...5000, using: &random))
            replace(near: place, with: "\"\(long)\"") { $0.first == UInt8(ascii: "\"") }
        }
    }

    private static func isNumber(_ token: [UInt8]) -> Bool {
        token.first.map { $0 == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false
    }

    /// Puts a text in the place of the next token of a kind that is a value.
    private mutating func replace(near place: Int, with text: String, _ isWanted: ([UInt8]) -> Bool) {
        for index in Array(place..<tokens.count) + Array(0..<place) where isWanted(tokens[index]) {
            if index + 1 < tokens.count, tokens[index + 1] == [UInt8(ascii: ":")] { continue }
            tokens[index] = Array(text.utf8)
            return
        }
    }

    /// Where the value that begins at a token ends.
    private func end(of place: Int) -> Int {
        var depth = 0
        for index in place..<tokens.count {
            switch tokens[index] {
            case [UInt8(ascii: "{")], [UInt8(ascii: "[")]: depth += 1
            case [UInt8(ascii: "}")], [UInt8(ascii: "]")]: depth -= 1
            default: break
            }
            if depth <= 0 { return index + 1 }
        }
        return tokens.count
    }

    /// Repeats the first element of the next array.
    private mutating func repeatElement(near place: Int, _ times: Int) {
        guard let open = tokens[place...].firstIndex(of: [UInt8(ascii: "[")]), open + 1 < tokens.count, tokens[open + 1] != [UInt8(ascii: "]")] else { return }
        let element = Array(tokens[(open + 1)..<end(of: open + 1)])
        for _ in 0..<times where tokens.count < 20_000 { tokens.insert(contentsOf: element + [[UInt8(ascii: ",")]], at: open + 1) }
    }

    /// Removes the next member of an object that another one follows.
    private mutating func removeMember(near place: Int) {
        guard let colon = tokens[place...].firstIndex(of: [UInt8(ascii: ":")]), colon > 0, colon + 1 < tokens.count else { return }
        let last = end(of: colon + 1)
        if last < tokens.count, tokens[last] == [UInt8(ascii: ",")] { tokens.removeSubrange((colon - 1)...last) }
    }
}
