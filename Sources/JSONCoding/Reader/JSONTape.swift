import LinuxSystem

/// A parsed document: its values in the order of the text, each knowing where its descendants end.
///
/// Texts are ranges of the document itself unless they had escapes, so that a document of a thousand values takes a handful of allocations.
/// A member of an object is two nodes, its name (a string) and its value.
@usableFromInline
final class JSONTape {
    /// One value.
    struct Node {
        enum Kind: UInt8 {
            case null, no, yes, number, string, array, object
        }

        let kind: Kind
        /// Whether the text lies in `decoded` and not in the document.
        let isDecoded: Bool
        /// Where the text of a string or number begins; 0 for others.
        let start: UInt32
        /// Bytes of text, elements of an array, members of an object.
        var count: UInt32
        /// The index after the last descendant.
        var end: UInt32
    }

    let name: String
    let nodes: ContiguousArray<Node>
    private let document: [UInt8]
    private let decoded: [UInt8]

    init(name: String, document: [UInt8], decoded: [UInt8], nodes: ContiguousArray<Node>) {
        self.name = name
        self.document = document
        self.decoded = decoded
        self.nodes = nodes
    }

    /// The bytes of a string without escapes, or of a number as it is written.
    @inline(__always)
    func bytes(_ index: Int) -> ArraySlice<UInt8> {
        let node = nodes[index]
        let range = Int(node.start)..<Int(node.start) + Int(node.count)
        return node.isDecoded ? decoded[range] : document[range]
    }

    /// The text of a string or number; the parser has checked that it is UTF-8.
    @inline(__always)
    func text(_ index: Int) -> String { String(decoding: bytes(index), as: UTF8.self) }

    @inline(__always)
    private func isText(_ index: Int, _ key: String) -> Bool {
        let node = nodes[index]
        guard Int(node.count) == key.utf8.count else { return false }
        var place = Int(node.start)
        for byte in key.utf8 {
            if byte != (node.isDecoded ? decoded[place] : document[place]) { return false }
            place += 1
        }
        return true
    }

    /// The value of the last member with this name.
    func member(_ key: String, of object: Int) -> Int? {
        var found: Int?
        var index = object + 1
        let end = Int(nodes[object].end)
        while index < end {
            if isText(index, key) { found = index + 1 }
            index = Int(nodes[index + 1].end)
        }
        return found
    }

    /// The members of an object by name, of equal names the last; for objects too large to be searched again and again.
    func members(of object: Int) -> [String: Int] {
        var members = [String: Int](minimumCapacity: Int(nodes[object].count))
        var index = object + 1
        while index < Int(nodes[object].end) {
            members[text(index)] = index + 1
            index = Int(nodes[index + 1].end)
        }
        return members
    }
}
