import ContainerRuntime
import OCISpec

/// Reads the rules of the built-in profile, one after the other; `DefaultSeccomp.profile` describes them.
///
/// The text is part of this program, so a mistake in it is a mistake of the program and stops it; the tests read it all.
struct SeccompRuleReader {
    /// One rule.
    enum Rule {
        /// The libseccomp names of an architecture and of those that run on it too.
        case abi(String, [String])
        /// Calls that get an action under conditions.
        case calls(Conditions, LinuxSyscall)
    }

    /// When a rule applies.
    struct Conditions {
        var with: Capability?
        var without: Capability?
        var on: [String] = []
        var notOn: [String] = []

        func hold(for target: SeccompTarget) -> Bool {
            if let with, !target.capabilities.contains(with) { return false }
            if let without, target.capabilities.contains(without) { return false }
            return (on.isEmpty || on.contains(target.architecture)) && !notOn.contains(target.architecture)
        }
    }

    private let text: StaticString
    private var position = 0

    init(_ text: StaticString) { self.text = text }

    /// The next rule; nil at the end.
    mutating func next() -> Rule? {
        guard var word = nextWord() else { return nil }
        if word == "abi" { return .abi(argument(), words()) }
        var conditions = Conditions()
        while true {
            switch word {
            case "if": conditions.with = capability()
            case "unless": conditions.without = capability()
            case "on": conditions.on = argument().split(separator: ",").map(String.init)
            case "not-on": conditions.notOn = argument().split(separator: ",").map(String.init)
            case "allow": return .calls(conditions, calls(action: "SCMP_ACT_ALLOW", errno: nil))
            case "errno": return .calls(conditions, calls(action: "SCMP_ACT_ERRNO", errno: UInt32(number())))
            default: preconditionFailure("the built-in seccomp profile has a rule with \(word)")
            }
            word = argument()
        }
    }

    private mutating func calls(action: String, errno: UInt32?) -> LinuxSyscall {
        var names = words()
        guard names.count > 4, names[names.count - 4] == "where" else { return LinuxSyscall(names: names, action: action, errnoRet: errno) }
        let condition = names.suffix(3).map { $0 }
        names.removeLast(4)
        guard let index = UInt32(condition[0]), let value = SeccompRuleReader.number(condition[2]) else {
            preconditionFailure("the built-in seccomp profile has a condition \(condition)")
        }
        // Masked equality: value is the mask, valueTwo what must be left, nothing.
        let operators = ["=": "SCMP_CMP_EQ", "!=": "SCMP_CMP_NE", "&": "SCMP_CMP_MASKED_EQ"]
        guard let op = operators[condition[1]] else { preconditionFailure("the built-in seccomp profile has an operator \(condition[1])") }
        return LinuxSyscall(names: names, action: action, errnoRet: errno, args: [LinuxSeccompArg(index: index, value: value, op: op)])
    }

    /// The words up to `;`.
    private mutating func words() -> [String] {
        var words = [String]()
        while let word = nextWord(), word != ";" { words.append(word) }
        return words
    }

    private mutating func argument() -> String {
        guard let word = nextWord() else { preconditionFailure("the built-in seccomp profile is cut") }
        return word
    }

    private mutating func capability() -> Capability {
        let name = argument()
        guard let capability = Capability(ociName: name) else { preconditionFailure("the built-in seccomp profile names \(name)") }
        return capability
    }

    private mutating func number() -> UInt64 {
        let text = argument()
        guard let number = SeccompRuleReader.number(text) else { preconditionFailure("the built-in seccomp profile has a number \(text)") }
        return number
    }

    private static func number(_ text: String) -> UInt64? {
        text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
    }

    /// The bytes between blanks.
    private mutating func nextWord() -> String? {
        text.withUTF8Buffer { bytes in
            while position < bytes.count, unsafe bytes[position] <= 32 { position += 1 }
            let start = position
            while position < bytes.count, unsafe bytes[position] > 32 { position += 1 }
            return start == position ? nil : unsafe String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<position]), as: UTF8.self)
        }
    }
}
