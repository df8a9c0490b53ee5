/// An object's text, member by member, for records that write themselves without Codable.
///
/// In a process that writes one record and ends, Codable's generic types cost ten times what the text does (decision 0006). Members come in the
/// order of the calls, those of maps by name; nil is left out.
public struct JSONMembers {
    private var bytes = [UInt8(ascii: "{")]

    /// An empty object.
    public init() { bytes.reserveCapacity(1024) }

    /// The object's text, on one line, without a line feed.
    public var text: [UInt8] { bytes + [UInt8(ascii: "}")] }

    /// A text.
    public mutating func add(_ name: String, _ text: String?) {
        guard let text else { return }
        begin(name)
        appendJSON(text, to: &bytes)
    }

    /// A whole number.
    public mutating func add(_ name: String, _ number: Int?) { add(name, word: number.map(String.init)) }

    /// A whole number.
    public mutating func add(_ name: String, _ number: UInt64?) { add(name, word: number.map { String($0) }) }

    /// True or false.
    public mutating func add(_ name: String, _ flag: Bool) { add(name, word: flag ? "true" : "false") }

    /// Texts.
    public mutating func add(_ name: String, _ texts: [String]) {
        begin(name)
        bytes.append(UInt8(ascii: "["))
        for (index, text) in texts.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            appendJSON(text, to: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// Texts by name.
    public mutating func add(_ name: String, _ map: [String: String]?) {
        guard let map else { return }
        var members = JSONMembers()
        for (key, text) in map.sorted(by: { $0.key < $1.key }) { members.add(key, text) }
        add(name, members)
    }

    /// An object.
    public mutating func add(_ name: String, _ members: JSONMembers?) {
        guard let members else { return }
        begin(name)
        bytes += members.text
    }

    private mutating func add(_ name: String, word: String?) {
        guard let word else { return }
        begin(name)
        bytes += word.utf8
    }

    private mutating func begin(_ name: String) {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        appendJSON(name, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
    }
}
