/// The texts that were given for flags, by the flags' names.
///
/// A list and not a dictionary: a command line has few flags, and the first use of a dictionary costs a program 40 microseconds.
struct FlagValues: Sendable {
    private struct Entry {
        let name: String
        var texts: [String]
    }

    private var entries: [Entry] = []

    /// The texts for a flag in order; nil where it was not given.
    subscript(_ name: String) -> [String]? { entries.first { $0.name == name }?.texts }

    /// Adds a text; of a flag that is not repeatable the last one stays.
    mutating func add(_ text: String, for flag: FlagDeclaration) {
        if let index = entries.firstIndex(where: { $0.name == flag.name }) {
            entries[index].texts = flag.isRepeatable ? entries[index].texts + [text] : [text]
        } else {
            entries.append(Entry(name: flag.name, texts: [text]))
        }
    }
}
