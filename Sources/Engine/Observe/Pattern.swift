import Glibc
import LinuxSystem

/// A regular expression of the extended kind (regex(7)), which filters look for anywhere in a text.
@safe final class Pattern {
    private var compiled = unsafe regex_t()

    /// Compiles the expression.
    ///
    /// - Throws: `.invalidArgument` with what is wrong with it.
    init(_ text: String) throws(ApusError) {
        let result = unsafe regcomp(&compiled, text, REG_EXTENDED | REG_NOSUB)
        if result != 0 {
            var reason = [CChar](repeating: 0, count: 128)
            _ = unsafe regerror(result, &compiled, &reason, reason.count)
            let bytes = reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw ApusError(.invalidArgument, "invalid regular expression \"\(text)\": \(String(decoding: bytes, as: UTF8.self))")
        }
    }

    deinit { unsafe regfree(&compiled) }

    /// Whether the expression matches somewhere in `text`.
    func matches(_ text: String) -> Bool { unsafe regexec(&compiled, text, 0, nil, 0) == 0 }
}
