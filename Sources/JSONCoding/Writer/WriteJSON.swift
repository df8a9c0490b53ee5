public import LinuxSystem

/// A value as JSON text: members in the order in which the type encodes them, that of its properties where the compiler writes the code.
///
/// Dictionaries come by key. The bytes end without a line feed.
///
/// - Parameter indent: what each level is indented by (`\t`, four blanks); all on one line where empty.
/// - Throws: `ApusError` where the value cannot be written: a number that is not finite, or its own error.
public func writeJSON(_ value: some Encodable, indent: String = "") throws(ApusError) -> [UInt8] {
    do {
        var printer = JSONPrinter(indent: indent)
        printer.print(try JSONDraft.of(value), depth: 0)
        return printer.bytes
    } catch let error as ApusError {
        throw error
    } catch {
        throw ApusError(.invalidArgument, "cannot write a value as JSON: \(error)")
    }
}
