import LinuxSystem
import OCISpec

@testable import ImageStore

/// The small ones.
enum NameFuzz {
    static func pax(_ input: [UInt8]) throws(ApusError) -> String? {
        let records = try PaxRecords(parsing: input)
        for key in ["size", "uid", "gid", "GNU.sparse.size", "GNU.sparse.major"] {
            do throws(ApusError) {
                if let number = try records.number(key), number < 0 { return "\(key) is \(number)" }
            } catch {
                if let problem = ImageFuzzTarget.problem(with: error) { return problem }
            }
        }
        for attribute in records.attributes where attribute.name.contains(0) { return "an attribute's name holds a NUL" }
        if Set(records.attributes.map(\.name)).count != records.attributes.count { return "an attribute is there twice" }
        let merged = try records.over(records)
        if Set(merged.attributes.map(\.name)) != Set(records.attributes.map(\.name)) { return "records over themselves are others" }
        if let time = try records.time("mtime"), !(0..<1_000_000_000).contains(time.nanoseconds) { return "a time has \(time.nanoseconds) ns" }
        return nil
    }

    static func whiteout(_ input: [UInt8]) throws(ApusError) -> String? {
        let path = try LayerPath(input)
        for name in path.components {
            if name.isEmpty || name.count > 255 || name.contains(47) || name.contains(0) || name.elementsEqual("..".utf8) || name.elementsEqual(".".utf8) {
                return "\(shown(name)) is no name of a directory"
            }
            switch try LayerName(name) {
            case .plain where name.starts(with: ".wh.".utf8): return "\(shown(name)) is taken for a member"
            case .whiteout(let hidden):
                if hidden.isEmpty || hidden.contains(47) || hidden.elementsEqual(".".utf8) || hidden.elementsEqual("..".utf8) {
                    return "\(shown(name)) removes \(shown(hidden))"
                }
            default: continue
            }
        }
        if path.text.utf8.contains(where: { $0 < 32 }) { return "the path's text is not one line" }
        return nil
    }

    static func reference(_ input: [UInt8]) throws(ApusError) -> String? {
        let text = String(decoding: input, as: UTF8.self)
        let reference = try ImageReference(text)
        for form in [reference.description, reference.familiar] where try ImageReference(form) != reference { return "\(text) and \(form) are not the same" }
        return reference.description.utf8.contains { $0 <= 32 || $0 >= 127 } ? "\(reference) holds what no reference holds" : nil
    }
}
