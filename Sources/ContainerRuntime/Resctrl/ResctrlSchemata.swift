/// What a resctrl group may use, resource by resource and domain by domain, such as `L3:0=7f0;1=1f`.
struct ResctrlSchemata: Equatable {
    /// `L3` -> `0` -> `7f0`, without leading zeros.
    private(set) var resources: [String: [String: String]] = [:]

    /// Reads lines as the kernel shows or takes them; nil for a line that is none.
    init?(_ text: String) {
        for line in text.split(separator: "\n") {
            let trimmed = line.filter { $0 != " " && $0 != "\t" }
            if trimmed.isEmpty { continue }
            guard let colon = trimmed.firstIndex(of: ":") else { return nil }
            for part in trimmed[trimmed.index(after: colon)...].split(separator: ";") {
                let pair = part.split(separator: "=", omittingEmptySubsequences: false)
                guard pair.count == 2 else { return nil }
                let value = pair[1].lowercased().drop { $0 == "0" }
                resources[String(trimmed[..<colon]), default: [:]][String(pair[0])] = value.isEmpty ? "0" : String(value)
            }
        }
    }

    /// Whether all that `wanted` says holds here; what it leaves out may be anything.
    func satisfies(_ wanted: ResctrlSchemata) -> Bool {
        wanted.resources.allSatisfy { resource, domains in domains.allSatisfy { resources[resource]?[$0.key] == $0.value } }
    }
}
