/// A template that cannot be read or applied, in Go's words: `template: :1:2: executing "" at <.Foo>: can't evaluate field Foo`.
public struct TemplateError: Error, CustomStringConvertible, Sendable, Equatable {
    /// The whole sentence.
    public let message: String

    /// The whole sentence, as Docker begins it.
    public var description: String { "template parsing error: \(oneLine(message))" }

    /// A mistake in the text of the template.
    static func parsing(_ reason: String, line: Int) -> TemplateError { TemplateError(message: "template: :\(line): \(reason)") }
}

/// Why a function refuses its arguments.
enum FunctionError: Error {
    /// The end of `error calling index: …`.
    case failed(String)
    /// An argument, counted from 0, is of another type than wanted.
    case wrongType(argument: Int, wanted: String, value: Value)

    /// The usual case.
    init(_ reason: String) { self = .failed(reason) }
}
