import CommandLine
import Engine
import Glibc
import ImageStore
import LinuxSystem
import OCISpec

/// The conditions of `images --filter`: one of the values of each key must hold, of `label` all.
struct ImageFilter {
    private enum Condition {
        case dangling(Bool)
        case label(String, value: String?)
        case reference(String)
        case before(Timestamp)
        case since(Timestamp)
        case until(Timestamp)
    }

    private var conditions: [String: [Condition]] = [:]

    /// Reads the conditions; images that they name are looked up once.
    init(_ wanted: [FilterCondition], store: ImageStore) throws(ApusError) {
        for one in wanted {
            let (key, value) = (one.key, one.value)
            let condition: Condition
            switch key {
            case "dangling":
                do throws(InvalidValue) { condition = .dangling(try parseBool(value)) } catch {
                    throw ApusError(.invalidArgument, "invalid filter 'dangling=\(value)'", hint: "true or false")
                }
            case "label":
                let sign = value.firstIndex(of: "=")
                condition = .label(String(value[..<(sign ?? value.endIndex)]), value: sign.map { String(value[value.index(after: $0)...]) })
            case "reference": condition = .reference(value)
            case "before": condition = .before(try Self.created(value, store))
            case "since": condition = .since(try Self.created(value, store))
            case "until":
                do throws(InvalidValue) { condition = .until(try Moment.parse(value)) } catch {
                    throw ApusError(.invalidArgument, "invalid filter 'until=\(value)': \(error)")
                }
            default:
                throw ApusError(.invalidArgument, "invalid filter '\(key)'", hint: "known are before, dangling, label, reference, since and until")
            }
            conditions[key, default: []].append(condition)
        }
    }

    /// Whether all conditions hold for an image's name.
    func matches(_ image: ImageSummary) -> Bool {
        conditions.allSatisfy { key, alternatives in
            key == "label" ? alternatives.allSatisfy { holds($0, image) } : alternatives.contains { holds($0, image) }
        }
    }

    private static func created(_ name: String, _ store: ImageStore) throws(ApusError) -> Timestamp {
        try store.inspect(name).config.created.flatMap { Timestamp(rfc3339: $0) } ?? Timestamp(seconds: 0)
    }

    private func holds(_ condition: Condition, _ image: ImageSummary) -> Bool {
        switch condition {
        case .dangling(let wanted): (image.repository == nil) == wanted
        case .label(let name, let value): image.labels[name].map { value == nil || $0 == value } ?? false
        case .reference(let pattern):
            image.repository.map { name in Self.glob(pattern, name) || Self.glob(pattern, "\(name):\(image.tag ?? "")") } ?? false
        case .before(let moment), .until(let moment): image.created.map { $0 < moment } ?? false
        case .since(let moment): image.created.map { $0 > moment } ?? false
        }
    }

    /// Docker's patterns: `*` and `?` stop at a slash.
    private static func glob(_ pattern: String, _ text: String) -> Bool { unsafe fnmatch(pattern, text, FNM_PATHNAME) == 0 }
}
