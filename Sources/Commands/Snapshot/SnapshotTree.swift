import Engine

/// Snapshots below the ones that they came from, each container's below its name.
enum SnapshotTree {
    struct Row {
        let id: String
        let parent: String?
        let container: String
        let isCurrent: Bool
        let text: String

        init(id: String, parent: String?, container: String, isCurrent: Bool, text: String) {
            self.id = id
            self.parent = parent
            self.container = container
            self.isCurrent = isCurrent
            self.text = text
        }

        init(_ snapshot: Snapshot, text: String) {
            self.init(
                id: snapshot.record.id, parent: snapshot.parent, container: snapshot.containerName, isCurrent: snapshot.isCurrent, text: text)
        }
    }

    /// The line that stands for a container as it is now.
    static let now = "(now)"

    /// The drawing; rows are in the order of their making.
    static func text(_ rows: [Row]) -> String {
        var text = ""
        var containers: [String] = []
        for row in rows where !containers.contains(row.container) { containers.append(row.container) }
        for container in containers.sorted() {
            let own = rows.filter { $0.container == container }
            text += "\(container)\n"
            draw(below: nil, own, isNow: !own.contains(where: \.isCurrent), indent: "", &text)
        }
        return text
    }

    private static func draw(below parent: String?, _ rows: [Row], isNow: Bool, indent: String, _ text: inout String) {
        let children = rows.filter { $0.parent == parent }
        for (index, row) in children.enumerated() {
            let isLast = index == children.count - 1 && !isNow
            text += "\(indent)\(isLast ? "└── " : "├── ")\(row.text)\n"
            draw(below: row.id, rows, isNow: row.isCurrent, indent: indent + (isLast ? "    " : "│   "), &text)
        }
        if isNow { text += "\(indent)└── \(now)\n" }
    }
}
