/// A piece of a template.
struct TemplateToken: Equatable {
    enum Kind: Equatable {
        case text(String)
        case leftDelimiter, rightDelimiter, end
        case field(String)
        /// With its dollar sign.
        case variable(String)
        /// A function or a keyword.
        case identifier(String)
        case dot, pipe, declare, assign, comma, leftParenthesis, rightParenthesis
        case string(String)
        case integer(Int)
        case float(Double)
    }

    let kind: Kind
    /// Where it begins, in bytes.
    let position: Int
    /// How it is written.
    let source: String
    /// Whether blanks stand before it: `.A .B` are two operands, `.A.B` is one.
    let afterSpace: Bool

    /// How error messages of Go show it.
    var shown: String {
        switch kind {
        case .end: "EOF"
        case .dot: "<.>"
        case .identifier(let word) where Self.keywords.contains(word): "<\(word)>"
        case .rightDelimiter: "\"}}\""
        default: goQuoted(source.count > 10 ? String(source.prefix(10)) : source) + (source.count > 10 ? "..." : "")
        }
    }

    static let keywords: Set<String> = ["if", "else", "end", "range", "with", "break", "continue", "define", "template", "block", "nil"]
}
