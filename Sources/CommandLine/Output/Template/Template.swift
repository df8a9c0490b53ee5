/// A template of Go's text/template over values, for `--format`.
///
/// Everything but `define`, `template` and `block` is there: fields, variables, pipelines, `if`, `with`, `range` with `else`, `break` and `continue`,
/// comments, trim markers, Go's functions and Docker's (`json`, `split`, `join`, `lower`, `upper`, `title`, `pad`, `truncate`).
public struct Template: Sendable {
    let nodes: [TemplateNode]
    let source: String

    /// Reads a template.
    public init(_ source: String) throws(TemplateError) {
        self.source = source
        nodes = try TemplateParser.parse(source)
    }

    /// Applies the template to a value, which it sees as `.` and `$`.
    public func text(_ value: Value) throws(TemplateError) -> String { try TemplateExecutor.text(self, value, isHeader: false) }

    /// The header row: the template applied to the names of columns, which Docker's functions leave as they are.
    func header(_ names: Value) throws(TemplateError) -> String { try TemplateExecutor.text(self, names, isHeader: true) }
}
