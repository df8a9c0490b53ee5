/// Collects sentences about fields that break the specification.
///
/// Each names its field as a path and shows the value.
struct Validator {
    private(set) var problems = [String]()

    mutating func require(_ holds: Bool, _ field: @autoclosure () -> String, _ rule: @autoclosure () -> String) {
        if !holds { problems.append("\(field()) must \(rule())") }
    }

    mutating func requireAbsolute(_ path: String?, _ field: @autoclosure () -> String) {
        guard let path else { return }
        require(path.utf8.first == UInt8(ascii: "/"), field(), "be an absolute path, got \(quoted(path))")
        requireText(path, field())
    }

    /// A string that goes to the kernel: a NUL would end it early.
    mutating func requireText(_ text: String?, _ field: @autoclosure () -> String) {
        guard let text else { return }
        require(!text.utf8.contains(0), field(), "not contain a NUL byte, got \(quoted(text))")
    }

    /// The name of a network interface as the kernel takes it (dev_valid_name).
    mutating func requireInterface(_ name: String, _ field: @autoclosure () -> String) {
        let isPlain = name.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ":") }
        require(
            isPlain && (1...15).contains(name.utf8.count) && name != "." && name != "..", field(),
            "be the name of a network interface, got \(quoted(name))")
    }

    mutating func requireOne(of known: [String], _ value: String?, _ field: @autoclosure () -> String) {
        guard let value else { return }
        require(known.contains(value), field(), "be one of \(known.joined(separator: ", ")), got \(quoted(value))")
    }

    mutating func requireDistinct(_ values: [String], _ field: @autoclosure () -> String) {
        var seen = Set<String>()
        for value in values where !seen.insert(value).inserted {
            require(false, field(), "name \(quoted(value)) only once")
        }
    }

    mutating func require<Number: BinaryInteger>(_ value: Number?, in range: ClosedRange<Int64>, _ field: @autoclosure () -> String) {
        guard let value else { return }
        let inside = Int64(exactly: value).map(range.contains) ?? false
        require(inside, field(), "be from \(range.lowerBound) to \(range.upperBound), got \(value)")
    }

    /// A list of processors or nodes as the kernel writes it: `0-3,7`, with an optional step `0-31:2/4`.
    mutating func requireList(_ list: String?, _ field: @autoclosure () -> String) {
        guard let list, !list.isEmpty else { return }
        require(isNumberList(list), field(), "be a list like 0-3,7, got \(quoted(list))")
    }
}

/// The text in quotation marks, control characters escaped and a long text cut, so that a problem stays one line.
func quoted(_ text: String) -> String {
    var shown = "\""
    for (index, scalar) in text.unicodeScalars.enumerated() {
        if index == 80 { return shown + "...\"" }
        shown += scalar == "\"" || scalar.value < 0x20 || scalar.value == 0x7f ? scalar.escaped(asASCII: true) : String(scalar)
    }
    return shown + "\""
}

/// Whether `text` is a list of numbers and ascending ranges as cpuset(7), "List format", describes it.
func isNumberList(_ text: String) -> Bool {
    text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).allSatisfy { part in
        let range = part.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard let first = range.first, range.count <= 2 else { return false }
        let ends = first.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false).map(smallNumber)
        guard ends.count <= 2, let low = ends.first ?? nil, let high = ends.last ?? nil, low <= high else { return false }
        guard range.count == 2 else { return true }
        let step = range[1].split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map(smallNumber)
        guard ends.count == 2, step.count == 2, let used = step[0], let group = step[1] else { return false }
        return used > 0 && used <= group
    }
}

private func smallNumber(_ digits: Substring.UTF8View.SubSequence) -> Int? {
    guard (1...6).contains(digits.count), digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
    return Int(Substring(digits))
}
