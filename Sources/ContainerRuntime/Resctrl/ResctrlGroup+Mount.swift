import LinuxSystem

extension ResctrlGroup {
    /// Where the resctrl file system is mounted; nil where it is not.
    static func mountPoint(in mounts: String) -> String? {
        for line in mounts.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard let dash = words.firstIndex(of: "-"), dash + 1 < words.count, words.count > 4, words[dash + 1] == "resctrl" else { continue }
            return String(words[4])
        }
        return nil
    }
}
