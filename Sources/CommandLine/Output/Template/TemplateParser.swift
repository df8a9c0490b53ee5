/// Reads a template's tokens into nodes, by the grammar of Go's text/template.
struct TemplateParser {
    private let tokens: [TemplateToken]
    private let text: String
    private var index = 0
    private var variables = ["$"]
    private var rangeDepth = 0
    private var depth = 0

    /// Parentheses and blocks inside one another; the limit keeps a hostile template from exhausting the stack.
    private static let maximumDepth = 100

    private init(_ text: String) throws(TemplateError) {
        self.text = text
        tokens = try TemplateLexer.tokens(text)
    }

    /// The nodes of a template.
    static func parse(_ text: String) throws(TemplateError) -> [TemplateNode] {
        var parser = try TemplateParser(text)
        let (nodes, end) = try parser.list()
        if let end { throw parser.error("unexpected {{\(end)}}") }
        return nodes
    }

    private var token: TemplateToken { tokens[index] }
    private func peek(_ distance: Int = 1) -> TemplateToken { tokens[min(index + distance, tokens.count - 1)] }
    private mutating func advance() { index = min(index + 1, tokens.count - 1) }

    private mutating func take(_ kind: TemplateToken.Kind) -> Bool {
        guard token.kind == kind else { return false }
        advance()
        return true
    }

    /// Nodes up to the end of the template, or up to an `end` or `else`, which is returned and taken.
    private mutating func list() throws(TemplateError) -> (nodes: [TemplateNode], end: String?) {
        var nodes: [TemplateNode] = []
        while true {
            switch token.kind {
            case .text(let text):
                nodes.append(.text(text))
                advance()
            case .leftDelimiter:
                advance()
                if case .identifier(let word) = token.kind, word == "end" || word == "else" {
                    advance()
                    return (nodes, word)
                }
                nodes.append(try action())
            default: return (nodes, nil)
            }
        }
    }

    private mutating func action() throws(TemplateError) -> TemplateNode {
        guard case .identifier(let word) = token.kind, TemplateToken.keywords.contains(word), word != "nil" else {
            let pipeline = try self.pipeline("command")
            try expectEnd("command")
            return .action(pipeline)
        }
        let outside = rangeDepth == 0
        advance()
        switch word {
        case "break", "continue":
            if outside { throw error("{{\(word)}} outside {{range}}") }
            try expectEnd("{{\(word)}}")
            return word == "break" ? .leave : .next
        case "if", "with", "range": return try block(word)
        default: throw error("\(word) is refused: templates of a command line do not call each other")
        }
    }

    /// `if`, `with` or `range` up to its `end`.
    private mutating func block(_ word: String) throws(TemplateError) -> TemplateNode {
        try enter()
        let scope = variables.count
        defer {
            depth -= 1
            variables.removeSubrange(scope...)
        }
        let pipeline = try self.pipeline(word)
        try expectEnd(word)
        if word == "range" { rangeDepth += 1 }
        let (body, end) = try list()
        if word == "range" { rangeDepth -= 1 }
        var otherwise: [TemplateNode] = []
        switch end {
        case nil: throw error("unexpected EOF")
        case "else"?:
            if case .identifier(let next) = token.kind, next == word, word != "range" {
                // "else if" is an if in the else, closed by the same end.
                advance()
                otherwise = [try block(word)]
            } else {
                try expectEnd("else")
                let (nodes, end) = try list()
                guard let end else { throw error("unexpected EOF") }
                if end != "end" { throw error("expected end; found {{else}}") }
                otherwise = nodes
                try expectEnd("end")
            }
        default: try expectEnd("end")
        }
        if word == "range" { return .range(pipeline, body: body, otherwise: otherwise) }
        return .condition(pipeline, then: body, otherwise: otherwise, setsDot: word == "with")
    }

    private mutating func pipeline(_ context: String) throws(TemplateError) -> TemplatePipeline {
        try enter()
        defer { depth -= 1 }
        var pipeline = TemplatePipeline(position: token.position)
        let declared = try declaration(&pipeline, context)
        repeat {
            pipeline.commands.append(try command(context))
        } while take(.pipe)
        for (stage, command) in pipeline.commands.enumerated().dropFirst() where command.operands.first?.isExecutable == false {
            throw error("non executable command in pipeline stage \(stage + 1)")
        }
        variables += declared
        return pipeline
    }

    /// `$x :=`, `$x =` or, in a range, `$i, $x :=`; returns the new variables, which the pipeline itself does not see.
    private mutating func declaration(_ pipeline: inout TemplatePipeline, _ context: String) throws(TemplateError) -> [String] {
        guard case .variable(let first) = token.kind else { return [] }
        var names = [first]
        var distance = 1
        if context == "range", peek().kind == .comma, case .variable(let second) = peek(2).kind {
            names.append(second)
            distance = 3
        }
        let sign = peek(distance).kind
        guard sign == .declare || sign == .assign else {
            if peek().kind == .comma { throw error("too many declarations in \(context)") }
            return []
        }
        index += distance + 1
        pipeline.variables = names
        pipeline.isAssignment = sign == .assign
        if sign == .declare { return names }
        for name in names { try check(variable: name) }
        return []
    }

    private mutating func command(_ context: String) throws(TemplateError) -> TemplateCommand {
        var command = TemplateCommand(position: token.position)
        while let operand = try operand() {
            command.operands.append(operand)
            guard token.afterSpace || [.rightDelimiter, .rightParenthesis, .pipe].contains(token.kind) else { break }
        }
        guard [.rightDelimiter, .rightParenthesis, .pipe].contains(token.kind) else { throw unexpected("operand") }
        if command.operands.isEmpty { throw error("missing value for \(context)") }
        return command
    }

    private mutating func operand() throws(TemplateError) -> TemplateOperand? {
        let start = token
        guard let kind = try term() else { return nil }
        var operand = TemplateOperand(position: start.position, kind: kind)
        var names: [String] = []
        let fields = token.position
        while case .field(let name) = token.kind, !token.afterSpace {
            names.append(name)
            advance()
        }
        guard !names.isEmpty else { return operand }
        switch kind {
        case .none, .constant: throw error("unexpected . after term \(goQuoted(start.source))")
        case .field(let first): operand = TemplateOperand(position: fields, kind: .field(first + names))
        case .variable(let name, _): operand = TemplateOperand(position: fields, kind: .variable(name, names))
        default: operand = TemplateOperand(position: fields, kind: .chain(operand, names))
        }
        return operand
    }

    private mutating func term() throws(TemplateError) -> TemplateOperand.Kind? {
        let token = self.token
        switch token.kind {
        case .dot: advance(); return .dot
        case .field(let name): advance(); return .field([name])
        case .string(let text): advance(); return .constant(.string(text), source: token.source)
        case .integer(let number): advance(); return .constant(.int(number), source: token.source)
        case .float(let number): advance(); return .constant(.double(number), source: token.source)
        case .variable(let name):
            try check(variable: name)
            advance()
            return .variable(name, [])
        case .identifier(let word):
            advance()
            switch word {
            case "nil": return TemplateOperand.Kind.none
            case "true", "false": return .constant(.bool(word == "true"), source: word)
            default:
                if TemplateToken.keywords.contains(word) { throw error("unexpected <\(word)> in operand") }
                guard TemplateFunctions.arity(word) != nil else { throw error("function \(goQuoted(word)) not defined") }
                return .function(word)
            }
        case .leftParenthesis:
            advance()
            let pipeline = try self.pipeline("parenthesized pipeline")
            guard take(.rightParenthesis) else { throw error("unclosed left paren") }
            return .pipeline(pipeline)
        default: return nil
        }
    }

    private func check(variable name: String) throws(TemplateError) {
        if !variables.contains(name) { throw error("undefined variable \(goQuoted(name))") }
    }

    private mutating func enter() throws(TemplateError) {
        depth += 1
        if depth > Self.maximumDepth { throw error("nested more than \(Self.maximumDepth) deep") }
    }

    private mutating func expectEnd(_ context: String) throws(TemplateError) {
        if token.kind == .rightParenthesis { throw error("unexpected right paren") }
        if !take(.rightDelimiter) { throw unexpected(context) }
    }

    private func unexpected(_ context: String) -> TemplateError { error("unexpected \(token.shown) in \(context)") }

    private func error(_ reason: String) -> TemplateError {
        .parsing(reason, line: 1 + text.utf8.prefix(token.position).count { $0 == UInt8(ascii: "\n") })
    }
}
