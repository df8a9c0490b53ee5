/// Applies a template's nodes to a value.
struct TemplateExecutor {
    private enum Flow { case on, leave, next }

    let template: Template
    let isHeader: Bool
    /// The variables in scope, the last one of a name counts; nil is "no value".
    var variables: [(name: String, value: Value?)]
    private var output = ""

    private init(_ template: Template, _ value: Value, isHeader: Bool) {
        self.template = template
        self.isHeader = isHeader
        variables = [("$", value)]
    }

    static func text(_ template: Template, _ value: Value, isHeader: Bool) throws(TemplateError) -> String {
        var executor = TemplateExecutor(template, value, isHeader: isHeader)
        _ = try executor.run(template.nodes, value)
        return executor.output
    }

    private mutating func run(_ nodes: [TemplateNode], _ dot: Value?) throws(TemplateError) -> Flow {
        for node in nodes {
            var flow = Flow.on
            switch node {
            case .text(let text): output += text
            case .action(let pipeline):
                let value = try evaluate(pipeline, dot)
                if pipeline.variables.isEmpty { output += value.map(goText) ?? "<no value>" }
            case .condition(let pipeline, let then, let otherwise, let setsDot):
                let scope = variables.count
                let value = try evaluate(pipeline, dot)
                let isTrue = TemplateFunctions.isTrue(value)
                flow = try run(isTrue ? then : otherwise, isTrue && setsDot ? value : dot)
                variables.removeSubrange(scope...)
            case .range(let pipeline, let body, let otherwise): flow = try range(pipeline, body, otherwise, dot)
            case .leave: flow = .leave
            case .next: flow = .next
            }
            if flow != .on { return flow }
        }
        return .on
    }

    private mutating func range(_ pipeline: TemplatePipeline, _ body: [TemplateNode], _ otherwise: [TemplateNode], _ dot: Value?) throws(TemplateError) -> Flow
    {
        let scope = variables.count
        defer { variables.removeSubrange(scope...) }
        var declaring = pipeline
        declaring.variables = []
        let value = try evaluate(declaring, dot)
        let elements: [(key: Value, value: Value)]
        switch value {
        case .array(let array)?: elements = array.enumerated().map { (.int($0.offset), $0.element) }
        case .object(let object)? where object.isMap: elements = object.dataFields.map { (.string($0.name), $0.value) }
        case .int(let count)?: return try turns(count, pipeline, body, otherwise, dot)
        case nil, .null?: elements = []
        default: throw error("range can't iterate over \(value.map(goText) ?? "")", at: declaring.commands.first?.position ?? 0, declaring.source)
        }
        if elements.isEmpty { return try run(otherwise, dot) }
        for element in elements where try !iterate(element.key, element.value, pipeline, body) { break }
        return .on
    }

    /// A range over a number gives 0, 1, … without a list of them.
    private mutating func turns(
        _ count: Int, _ pipeline: TemplatePipeline, _ body: [TemplateNode], _ otherwise: [TemplateNode], _ dot: Value?
    ) throws(TemplateError) -> Flow {
        if count <= 0 { return try run(otherwise, dot) }
        for number in 0..<count where try !iterate(.int(number), .int(number), pipeline, body) { break }
        return .on
    }

    /// One turn of a range; false after `break`.
    private mutating func iterate(_ key: Value, _ value: Value, _ pipeline: TemplatePipeline, _ body: [TemplateNode]) throws(TemplateError) -> Bool {
        let scope = variables.count
        let values = pipeline.variables.count == 2 ? [key, value] : [value]
        for (name, value) in zip(pipeline.variables, values) { set(name, value, isAssignment: pipeline.isAssignment) }
        let flow = try run(body, value)
        variables.removeSubrange(scope...)
        return flow != .leave
    }

    /// Declares a variable in the innermost scope, or assigns to the one that is visible.
    mutating func set(_ name: String, _ value: Value?, isAssignment: Bool) {
        if isAssignment, let index = variables.lastIndex(where: { $0.name == name }) {
            variables[index].value = value
        } else {
            variables.append((name, value))
        }
    }

    /// An error that points to a place in the template.
    func error(_ reason: String, at position: Int, _ source: String) -> TemplateError {
        let before = Array(template.source.utf8.prefix(position))
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let line = 1 + before.count { $0 == UInt8(ascii: "\n") }
        return TemplateError(message: "template: :\(line):\(position - lineStart): executing \"\" at <\(source)>: \(reason)")
    }
}
