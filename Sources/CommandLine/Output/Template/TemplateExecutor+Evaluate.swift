extension TemplateExecutor {
    /// The value of a pipeline; nil is "no value".
    mutating func evaluate(_ pipeline: TemplatePipeline, _ dot: Value?) throws(TemplateError) -> Value? {
        var value: Value?
        for (stage, command) in pipeline.commands.enumerated() { value = try evaluate(command, dot, piped: stage == 0 ? nil : .some(value)) }
        for name in pipeline.variables { set(name, value, isAssignment: pipeline.isAssignment) }
        return value
    }

    /// The value of a command; `piped` is what the command before it gave, if there is one.
    private mutating func evaluate(_ command: TemplateCommand, _ dot: Value?, piped: Value??) throws(TemplateError) -> Value? {
        guard let first = command.operands.first else { return nil }
        let arguments = command.operands.dropFirst()
        switch first.kind {
        case .function(let name): return try call(name, command, arguments, dot, piped: piped)
        case .field(let names): return try field(of: dot, names, first, arguments, dot, piped: piped)
        case .variable(let name, let names) where !names.isEmpty:
            return try field(of: variable(name), names, first, arguments, dot, piped: piped)
        case .chain(let operand, let names): return try field(of: try evaluate(operand, dot), names, first, arguments, dot, piped: piped)
        default:
            if !arguments.isEmpty || piped != nil { throw error("can't give argument to non-function \(first.source)", at: first.position, first.source) }
            if case .none = first.kind { throw error("nil is not a command", at: first.position, first.source) }
            return try evaluate(first, dot)
        }
    }

    /// The value of an operand that stands alone or as an argument.
    private mutating func evaluate(_ operand: TemplateOperand, _ dot: Value?) throws(TemplateError) -> Value? {
        switch operand.kind {
        case .dot: return dot
        case .none: return .null
        case .constant(let value, _): return value
        case .field(let names): return try field(of: dot, names, operand, [], dot, piped: nil)
        case .variable(let name, let names): return try field(of: variable(name), names, operand, [], dot, piped: nil)
        case .chain(let inner, let names): return try field(of: try evaluate(inner, dot), names, operand, [], dot, piped: nil)
        case .pipeline(let pipeline): return try evaluate(pipeline, dot)
        case .function:
            return try evaluate(TemplateCommand(position: operand.position, operands: [operand]), dot, piped: nil)
        }
    }

    private func variable(_ name: String) -> Value? { variables.last { $0.name == name }?.value }

    /// Follows field names; the last one may be a method, which is a map called with its key.
    private mutating func field(
        of receiver: Value?, _ names: [String], _ operand: TemplateOperand, _ arguments: ArraySlice<TemplateOperand>, _ dot: Value?, piped: Value??
    ) throws(TemplateError) -> Value? {
        var value = receiver
        for name in names {
            switch value {
            case nil: return nil
            case .null?: throw error("nil pointer evaluating .\(name)", at: operand.position, operand.source)
            case .object(let object)?:
                guard let field = object[name] else {
                    if object.isMap {
                        value = nil
                        continue
                    }
                    throw error("can't evaluate field \(name)", at: operand.position, operand.source)
                }
                value = object.isMap && field == .null ? nil : field
            case let other?: throw error("can't evaluate field \(name) in type \(goType(other))", at: operand.position, operand.source)
            }
        }
        if arguments.isEmpty && piped == nil { return value }
        guard case .object(let map)? = value, map.isMap, arguments.count + (piped == nil ? 0 : 1) == 1 else {
            throw error("\(names.last ?? "") has arguments but cannot be invoked as function", at: operand.position, operand.source)
        }
        var key: Value? = piped ?? nil
        if let argument = arguments.first { key = try evaluate(argument, dot) }
        guard case .string(let name)? = key else { throw error("wrong type for value; expected string", at: operand.position, operand.source) }
        return map[name] ?? .string("")
    }

    private mutating func call(
        _ name: String, _ command: TemplateCommand, _ operands: ArraySlice<TemplateOperand>, _ dot: Value?, piped: Value??
    ) throws(TemplateError) -> Value? {
        let count = operands.count + (piped == nil ? 0 : 1)
        let position = command.position
        if let arity = TemplateFunctions.arity(name), !arity.contains(count) {
            let wanted = arity.upperBound == arity.lowerBound ? "\(arity.lowerBound)" : "at least \(arity.lowerBound)"
            throw error("wrong number of args for \(name): want \(wanted) got \(count)", at: position, name)
        }
        if name == "and" || name == "or" {
            // The first argument that decides is the value; those behind it are not evaluated.
            var value: Value?
            for operand in operands {
                value = try evaluate(operand, dot)
                if TemplateFunctions.isTrue(value) == (name == "or") { return value }
            }
            return piped ?? value
        }
        var arguments: [Value] = []
        for operand in operands { arguments.append(try evaluate(operand, dot) ?? .null) }
        if let piped { arguments.append(piped ?? .null) }
        if isHeader, TemplateFunctions.leavesHeader(name), let first = arguments.first { return if case .string = first { first } else { .string("") } }
        do throws(FunctionError) {
            return try TemplateFunctions.call(name, arguments)
        } catch {
            throw self.error(calling: name, error, command, operands)
        }
    }
}

extension TemplateExecutor {
    /// The sentence for a function's refusal, which points to the argument where that is at fault.
    private func error(
        calling name: String, _ error: FunctionError, _ command: TemplateCommand, _ operands: ArraySlice<TemplateOperand>
    ) -> TemplateError {
        switch error {
        case .failed(let reason): return self.error("error calling \(name): \(reason)", at: command.position, command.source)
        case .wrongType(let argument, let wanted, let value):
            // A value that came through a pipe has no operand.
            let operand = operands.dropFirst(argument).first
            var reason = value == .null ? "invalid value; expected \(wanted)" : "wrong type for value; expected \(wanted); got \(goType(value))"
            if case .constant(_, let source)? = operand?.kind { reason = "expected \(wanted == "int" ? "integer" : wanted); found \(source)" }
            return self.error(reason, at: operand?.position ?? command.position, operand?.source ?? command.source)
        }
    }
}

extension TemplateFunctions {
    /// Whether a function leaves the name of a column as it is: the header of `{{lower .Names}}` is `NAMES`.
    static func leavesHeader(_ name: String) -> Bool { ["json", "title", "lower", "upper", "truncate", "split", "join"].contains(name) }
}
