import LinuxSystem

/// One entry of the kernel's binfmt_misc: which files it runs, and by which program (kernel, admin-guide/binfmt-misc.rst).
struct BinaryFormat: Equatable {
    /// The path of the program that runs such files.
    var interpreter = ""
    /// Whether the kernel holds that program open, so that nobody needs it in a container (flag F).
    var isFixed = false
    private var isEnabled = false
    private var offset = 0
    private var magic: [UInt8] = []
    private var mask: [UInt8] = []

    /// Reads an entry as the kernel shows it; nil for one that tells files by their names.
    init?(parsing text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1).map(String.init)
            switch (words.first, words.count) {
            case ("enabled", _): isEnabled = true
            case ("interpreter", 2): interpreter = words[1]
            case ("flags:", 2): isFixed = words[1].contains("F")
            case ("offset", 2): offset = Int(words[1]) ?? 0
            case ("magic", 2): magic = Self.bytes(words[1])
            case ("mask", 2): mask = Self.bytes(words[1])
            default: continue
            }
        }
        if magic.isEmpty || offset < 0 { return nil }
    }

    /// Whether the kernel would run a file that begins so by this entry.
    func matches(_ header: [UInt8]) -> Bool {
        guard isEnabled, offset + magic.count <= header.count else { return false }
        return magic.indices.allSatisfy { (header[offset + $0] ^ magic[$0]) & ($0 < mask.count ? mask[$0] : 0xff) == 0 }
    }

    private static func bytes(_ digits: String) -> [UInt8] {
        let digits = Array(digits.utf8)
        return stride(from: 0, to: digits.count - 1, by: 2).compactMap { UInt8(String(decoding: digits[$0...$0 + 1], as: UTF8.self), radix: 16) }
    }
}
