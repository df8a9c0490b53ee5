import LinuxSystem

/// A parser of images that damaged input is put through.
///
/// No input may crash it, and what it answers must hold together; `run` says what does not.
public enum ImageFuzzTarget: String, CaseIterable, Sendable {
    /// Tar archives in all dialects, and that what was read is written and read as the same again.
    case tar
    /// The compressions: the bytes must not depend on the pieces that the input comes in.
    case gzip, zstd, xz, bzip2
    /// `manifest.json` of `docker save` with the configuration that it names.
    case docker
    /// OCI's index, manifest and configuration.
    case oci
    /// The records of a pax header.
    case pax
    /// The names of a layer's members.
    case whiteout
    /// References of images.
    case reference

    /// Runs one input; what is wrong with the answer, nil for nothing.
    public func run(_ input: [UInt8]) -> String? {
        do throws(ApusError) {
            return try read(input)
        } catch {
            return Self.problem(with: error)
        }
    }

    /// Whether an input is refused with an error.
    public func refuses(_ input: [UInt8]) -> Bool {
        do throws(ApusError) {
            _ = try read(input)
            return false
        } catch {
            return true
        }
    }

    private func read(_ input: [UInt8]) throws(ApusError) -> String? {
        switch self {
        case .tar: try TarFuzz.run(input)
        case .gzip, .zstd, .xz, .bzip2: try CompressionFuzz.run(self, input)
        case .docker, .oci: try DocumentFuzz.run(self, input)
        case .pax: try NameFuzz.pax(input)
        case .whiteout: try NameFuzz.whiteout(input)
        case .reference: try NameFuzz.reference(input)
        }
    }

    /// An error is one line for people.
    static func problem(with error: ApusError) -> String? {
        let text = error.description
        if text.isEmpty || text.utf8.contains(where: { $0 < 32 || $0 == 127 }) { return "the error is not one line of text: \(text.debugDescription)" }
        return text.utf8.count > 4000 ? "the error has \(text.utf8.count) bytes: \(text.prefix(200))" : nil
    }
}
