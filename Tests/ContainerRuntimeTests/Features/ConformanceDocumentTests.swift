import ConfigFuzz
import JSONCoding
import LinuxSystem
import Testing

/// docs/spec-conformance.md has a row for every field of the models.
@Suite struct ConformanceDocumentTests {
    /// Any JSON value; only the names matter.
    indirect enum Shape: Decodable {
        case object([String: Shape])
        case array([Shape])
        case other

        init(from decoder: any Decoder) throws {
            if let members = try? [String: Shape](from: decoder) {
                self = .object(members)
            } else if let elements = try? [Shape](from: decoder) {
                self = .array(elements)
            } else {
                self = .other
            }
        }

        /// Paths of all members; those of maps, whose names are data, by one name.
        func paths(_ here: String) -> Set<String> {
            switch self {
            case .object(let members):
                let data = ["linux.sysctl", "annotations", "linux.resources.unified"].contains(here)
                let isMap = ["linux.netDevices", "linux.timeOffsets", "linux.resources.rdma"].contains(here)
                return members.reduce(into: []) { paths, member in
                    if data { return }
                    let path = here.isEmpty ? member.key : "\(here).\(isMap ? here == "linux.timeOffsets" ? "CLOCK" : "NAME" : member.key)"
                    if !isMap { paths.insert(path) }
                    paths.formUnion(member.value.paths(path))
                }
            case .array(let elements): return elements.reduce(into: []) { $0.formUnion($1.paths(here + "[]")) }
            case .other: return []
            }
        }
    }

    /// The paths in backquotes; one that begins with a dot stands beside the one before.
    private func documented(_ text: String) -> Set<String> {
        var paths: Set<String> = []
        for row in text.split(separator: "\n") where row.hasPrefix("| `") {
            var last: Substring = ""
            for quoted in row.dropFirst(2).prefix(while: { $0 != "|" }).split(separator: "`").filter({ !$0.hasPrefix(",") && $0 != " " }) {
                let isBeside = quoted.hasPrefix(".")
                let base = isBeside ? last.prefix(upTo: last.lastIndex(of: ".") ?? last.startIndex) : ""
                let path = isBeside ? base + quoted : quoted
                paths.insert(String(path))
                // `process.capabilities`, then `.effective` beside `process.capabilities.bounding`.
                last = path
            }
        }
        return paths
    }

    @Test func everyFieldHasARow() throws {
        let root = try #require(#filePath.firstRange(of: "/Tests/")).lowerBound
        let text = String(decoding: try readFile("\(#filePath[..<root])/docs/spec-conformance.md"), as: UTF8.self)
        let rows = documented(text)
        let fields = try readJSON(Shape.self, from: Array(ConfigSeeds.everyField.utf8), name: "everyField").paths("")
        #expect(fields.count > 150)
        // Hooks have the same fields at each point.
        let missing = fields.filter { !rows.contains($0) && !($0.hasPrefix("hooks.") && $0.contains("[]") && !$0.hasPrefix("hooks.prestart")) }
        #expect(missing.sorted() == [])
    }
}
