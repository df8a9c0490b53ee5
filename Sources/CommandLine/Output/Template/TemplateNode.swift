/// What a template consists of.
indirect enum TemplateNode: Sendable {
    case text(String)
    case action(TemplatePipeline)
    case condition(TemplatePipeline, then: [TemplateNode], otherwise: [TemplateNode], setsDot: Bool)
    case range(TemplatePipeline, body: [TemplateNode], otherwise: [TemplateNode])
    case leave
    case next
}

/// Commands joined by bars, and the variables that get the result.
struct TemplatePipeline: Sendable {
    var position: Int
    var variables: [String] = []
    /// `=` instead of `:=`.
    var isAssignment = false
    var commands: [TemplateCommand] = []

    var source: String {
        let names = variables.isEmpty ? "" : variables.joined(separator: ", ") + (isAssignment ? " = " : " := ")
        return names + commands.map(\.source).joined(separator: " | ")
    }
}

/// A value, or a function with its arguments.
struct TemplateCommand: Sendable {
    var position: Int
    var operands: [TemplateOperand] = []

    var source: String { operands.map(\.source).joined(separator: " ") }
}

/// One word of a command.
struct TemplateOperand: Sendable {
    indirect enum Kind: Sendable {
        case dot
        case none
        case constant(Value, source: String)
        case field([String])
        case variable(String, [String])
        case function(String)
        case pipeline(TemplatePipeline)
        /// Fields of the value of another operand: `(index . 0).Name`.
        case chain(TemplateOperand, [String])
    }

    var position: Int
    var kind: Kind

    /// The operand as error messages show it.
    var source: String {
        func path(_ names: [String]) -> String { names.map { "." + $0 }.joined() }
        return switch kind {
        case .dot: "."
        case .none: "nil"
        case .constant(_, let source): source
        case .field(let names): path(names)
        case .variable(let name, let names): name + path(names)
        case .function(let name): name
        case .pipeline(let pipeline): "(\(pipeline.source))"
        case .chain(let operand, let names): operand.source + path(names)
        }
    }

    /// Whether a value may be piped into it: functions, and fields that may be functions.
    var isExecutable: Bool {
        switch kind {
        case .dot, .none, .constant, .pipeline: false
        default: true
        }
    }
}
