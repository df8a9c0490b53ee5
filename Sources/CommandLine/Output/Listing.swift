/// What a listing command prints: rows in a table, as JSON, by a template, or their identifiers alone.
public struct Listing: Sendable {
    /// How a text is shortened unless the user gave `--no-trunc`.
    public enum Shortening: Sendable, Equatable {
        /// Not at all.
        case none
        /// An identifier: the name of the digest's algorithm goes, twelve characters stay.
        case identifier
        /// A text of at most so many characters, the last one being an ellipsis.
        case ellipsis(Int)
        /// The same, between double quotes as Docker shows commands; the quotes stay with `--no-trunc`.
        case quoted(Int)
    }

    /// One field of the rows.
    public struct Column: Sendable {
        /// The name in templates and JSON: `RunningFor`.
        public let field: String
        /// The name in headers: `CREATED`.
        public let header: String
        /// How its text is shortened.
        public let shortening: Shortening

        /// Makes a column.
        public init(_ field: String, _ header: String, _ shortening: Shortening = .none) {
            self.field = field
            self.header = header
            self.shortening = shortening
        }
    }

    /// The columns of the default table.
    public let columns: [Column]
    /// Fields that only templates and JSON show, with their headers.
    public let others: [Column]
    /// The field that `--quiet` prints.
    public let quietField: String

    /// Describes a listing.
    public init(columns: [Column], others: [Column] = [], quietField: String = "ID") {
        self.columns = columns
        self.others = others
        self.quietField = quietField
    }

    /// The text for these rows; `format` is what `--format` says: nothing, `table`, `table TEMPLATE`, `json`, or a template for each row.
    public func text(_ rows: [Value], format: String? = nil, noTrunc: Bool = false, quiet: Bool = false) throws(TemplateError) -> String {
        let rows = rows.map { prepared($0, noTrunc: noTrunc) }
        if quiet { return try lines(Template("{{.\(quietField)}}"), rows) }
        let format = Self.trimmed(format ?? "")
        let isTable = format.isEmpty || format.hasPrefix("table") && format.dropFirst(5).first?.isLetter != true
        guard isTable else { return try lines(Template(format == "json" ? "{{json .}}" : withEscapes(format)), rows) }
        let given = Self.trimmed(format.dropFirst(5))
        let template = try Template(given.isEmpty ? columns.map { "{{.\($0.field)}}" }.joined(separator: "\t") : withEscapes(given))
        let names = (columns + others).map { ($0.field, Value.string($0.header)) }
        return Table.aligned(try template.header(.object(Value.Object(names, isMap: true))) + "\n" + lines(template, rows))
    }

    /// Without blanks at both ends.
    private static func trimmed(_ text: some StringProtocol) -> String {
        var text = Substring(text)
        while text.first == " " { text = text.dropFirst() }
        while text.last == " " { text = text.dropLast() }
        return String(text)
    }

    private func lines(_ template: Template, _ rows: [Value]) throws(TemplateError) -> String {
        var text = ""
        for row in rows { text += try template.text(row) + "\n" }
        return text
    }

    /// The row with its fields by name, as Docker's JSON has them, and its texts shortened.
    private func prepared(_ row: Value, noTrunc: Bool) -> Value {
        guard case .object(var object) = row else { return row }
        for column in columns + others {
            guard case .string(let text)? = object[column.field] else { continue }
            object[column.field] = .string(column.shortening.text(text, noTrunc: noTrunc))
        }
        return .object(object.sorted())
    }
}

extension Listing.Shortening {
    func text(_ text: String, noTrunc: Bool) -> String {
        switch self {
        case .none: return text
        case .identifier:
            if noTrunc { return text }
            return String((text.split(separator: ":", maxSplits: 1).last ?? "").prefix(12))
        case .ellipsis(let limit): return noTrunc ? text : Self.ellipsis(text, limit)
        case .quoted(let limit): return goQuoted(noTrunc ? text : Self.ellipsis(text, limit))
        }
    }

    private static func ellipsis(_ text: String, _ limit: Int) -> String { text.count <= limit ? text : text.prefix(max(0, limit - 1)) + "…" }
}
