import Testing

@testable import Commands

@Suite struct SnapshotTreeTests {
    private func row(_ id: String, _ parent: String?, _ container: String = "web", now: Bool = false) -> SnapshotTree.Row {
        SnapshotTree.Row(id: id, parent: parent, container: container, isCurrent: now, text: id)
    }

    @Test func branches() {
        let rows = [row("a", nil), row("b", "a", now: true), row("c", "a"), row("d", "b"), row("e", nil), row("x", nil, "other")]
        #expect(
            SnapshotTree.text(rows) == """
                other
                ├── x
                └── (now)
                web
                ├── a
                │   ├── b
                │   │   ├── d
                │   │   └── (now)
                │   └── c
                └── e

                """)
    }

    @Test func nothing() { #expect(SnapshotTree.text([]) == "") }
}
