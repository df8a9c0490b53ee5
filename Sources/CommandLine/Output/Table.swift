/// Aligns cells in columns, the way Go's tabwriter does for Docker: a cell ends with a tab, columns are at least ten characters wide and three blanks apart.
///
/// A column is a block of successive lines that have a tab there, so lines without tabs separate tables. The last cell of a line is not padded.
public struct Table {
    /// The least width of a column, its padding included.
    public static let minimumWidth = 10
    /// The blanks between columns.
    public static let padding = 3

    /// The text with its tabs replaced by blanks.
    public static func aligned(_ text: String, minimumWidth: Int = Table.minimumWidth) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
        var widths = lines.map { [Int](repeating: 0, count: $0.count - 1) }
        for column in 0..<(widths.map(\.count).max() ?? 0) {
            var start = 0
            while start < lines.count {
                guard widths[start].count > column else {
                    start += 1
                    continue
                }
                var end = start
                var width = 0
                while end < lines.count, widths[end].count > column {
                    width = max(width, lines[end][column].unicodeScalars.count)
                    end += 1
                }
                for line in start..<end { widths[line][column] = max(minimumWidth, width + padding) }
                start = end
            }
        }
        return zip(lines, widths).map { cells, widths in
            zip(cells, widths).map { cell, width in cell + String(repeating: " ", count: max(0, width - cell.unicodeScalars.count)) }.joined()
                + (cells.last ?? "")
        }.joined(separator: "\n")
    }
}
