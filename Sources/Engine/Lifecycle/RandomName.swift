import LinuxSystem

/// A name for a container whose user gave none: an adjective and a bird.
enum RandomName {
    private static let adjectives = [
        "able", "agile", "alert", "amber", "ample", "apt", "autumn", "bold", "brave", "bright", "brisk", "calm", "clear", "clever", "coastal", "cosy",
        "crisp", "curious", "daring", "deft", "eager", "early", "earnest", "easy", "fair", "fleet", "fond", "free", "fresh", "gentle", "glad", "golden",
        "grand", "happy", "hardy", "honest", "jolly", "keen", "kind", "lively", "loyal", "lucid", "merry", "mild", "misty", "modest", "neat", "nimble",
        "noble", "patient", "placid", "plain", "polar", "proud", "quick", "quiet", "rapid", "ready", "rosy", "royal", "sharp", "silent", "silver", "smart",
        "snowy", "solid", "spry", "stately", "steady", "stout", "sunny", "swift", "tidy", "tranquil", "trusty", "upbeat", "vivid", "warm", "wise", "witty",
    ]
    private static let birds = [
        "albatross", "avocet", "bittern", "blackbird", "bluethroat", "bullfinch", "bunting", "buzzard", "chaffinch", "chough", "condor", "coot", "cormorant",
        "crane", "crossbill", "cuckoo", "curlew", "dipper", "dove", "dunlin", "dunnock", "egret", "eider", "falcon", "fieldfare", "fulmar", "gannet",
        "goldcrest", "goldfinch", "goshawk", "grebe", "greenfinch", "guillemot", "gull", "harrier", "hawfinch", "heron", "hobby", "hoopoe", "ibis", "jackdaw",
        "jay", "kestrel", "kingfisher", "kite", "kittiwake", "knot", "lapwing", "lark", "linnet", "magpie", "martin", "merlin", "nightingale", "nightjar",
        "nuthatch", "oriole", "osprey", "ouzel", "owl", "partridge", "pelican", "petrel", "pipit", "plover", "puffin", "quail", "raven", "redpoll",
        "redstart", "robin", "rook", "sanderling", "sandpiper", "shearwater", "shrike", "siskin", "skua", "skylark", "snipe", "sparrow", "starling", "stilt",
        "stork", "swallow", "tern", "thrush", "tit", "treecreeper", "turnstone", "twite", "wagtail", "warbler", "waxwing", "wheatear", "whimbrel", "wren",
    ]

    /// A random pair, for example `quiet_lapwing`.
    static func make() -> String {
        "\(adjectives.randomElement() ?? "swift")_\(birds.randomElement() ?? "apus")"
    }

    /// The sentence for a name that may not name a container.
    static func invalid(_ name: String) -> ApusError {
        ApusError(
            .invalidArgument, "invalid container name \"\(name)\"",
            hint: "two or more letters, digits, \"_\", \".\" and \"-\", beginning with a letter or digit")
    }

    /// Whether a name that a user gave may name a container.
    static func isValid(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count >= 2, name.utf8.count <= 128 else { return false }
        func isAlphanumeric(_ byte: UInt8) -> Bool { (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) }
        return isAlphanumeric(first) && name.utf8.allSatisfy { isAlphanumeric($0) || $0 == 95 || $0 == 46 || $0 == 45 }
    }
}
