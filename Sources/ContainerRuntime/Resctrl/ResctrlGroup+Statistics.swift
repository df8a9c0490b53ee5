import LinuxSystem

extension ResctrlGroup {
    /// The schemata in force, under the names that runc's statistics have for them.
    func statistics() throws(ApusError) -> [String: String] {
        var found: [String: String] = [:]
        for line in try readText("\(path)/schemata").split(separator: "\n") {
            let text = String(line.drop { $0 == " " })
            if text.hasPrefix("L3:") { found["l3_cache_schema"] = text }
            if text.hasPrefix("MB:") { found["mem_bw_schema"] = text }
        }
        return found
    }
}
