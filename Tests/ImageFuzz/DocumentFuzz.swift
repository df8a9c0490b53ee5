import CShim
import Glibc
import LinuxSystem
import OCISpec

@testable import ImageStore

/// Documents in a row, with a line of `--` between them: the first is the list of images, the others what it leads to.
///
/// `@1` to `@9` stand for the digest of that document and `#1` to `#9` for its size, so that whatever else is damaged digests hold.
enum DocumentFuzz {
    static func run(_ target: ImageFuzzTarget, _ input: [UInt8]) throws(ApusError) -> String? {
        let files = FuzzFiles(input, isOCI: target == .oci)
        let images = target == .oci ? try OCILayout(files: files, ownName: "own").plan() : try planDockerArchive(files)
        if images.isEmpty { return "there is no image, and no error says so" }
        for image in images {
            if image.layers.count != image.config.rootfs.diffIDs.count { return "layers and their digests are not as many" }
            // What is written of a configuration is read as the same.
            let again = try decodeJSON(ImageConfig.self, encodeJSON(image.config), "the configuration")
            if try encodeJSON(again) != encodeJSON(image.config) { return "the configuration is written and read as another" }
            for reference in image.references where try ImageReference(reference.description) != reference { return "the name \(reference) is read as another" }
        }
        return nil
    }
}

/// The documents by name or digest; any other name is a layer of no bytes.
private struct FuzzFiles: ArchiveFiles {
    private var documents: [[UInt8]]
    private let isOCI: Bool

    init(_ input: [UInt8], isOCI: Bool) {
        self.isOCI = isOCI
        documents = []
        var rest = input[...]
        let separator = Array("\n--\n".utf8)
        while documents.count < 10, let place = rest.firstIndex(where: { $0 == 10 }, of: separator) {
            documents.append(Array(rest[..<place]))
            rest = rest[(place + separator.count)...]
        }
        documents.append(Array(rest))
        // From the last to the first: what points is behind what it points to.
        for index in documents.indices.reversed() { documents[index] = filled(documents[index], after: index) }
    }

    private func filled(_ text: [UInt8], after own: Int) -> [UInt8] {
        var result = [UInt8]()
        var index = 0
        while index < text.count {
            let mark = text[index]
            if mark == UInt8(ascii: "@") || mark == UInt8(ascii: "#"), index + 1 < text.count, (49...57).contains(text[index + 1]) {
                let number = Int(text[index + 1]) - 48
                if number > own, number < documents.count {
                    result += Array((mark == UInt8(ascii: "@") ? Sha256.digest(of: documents[number]).description : String(documents[number].count)).utf8)
                    index += 2
                    continue
                }
            }
            result.append(mark)
            index += 1
        }
        return result
    }

    func directories() -> [String] { [] }

    func find(_ path: String) throws(ApusError) -> ArchiveFile? {
        _ = try LayerPath(Array(path.utf8))
        var content: [UInt8]? = path == (isOCI ? "index.json" : "manifest.json") ? documents[0] : nil
        if content == nil, isOCI { content = documents.dropFirst().first { blobName(Sha256.digest(of: $0)) == path } }
        if content == nil, !isOCI, path.hasSuffix(".json"), documents.count > 1 { content = documents[1] }
        let bytes = content ?? []
        let file = OwnedFD(adopting: try systemCall("cannot make a file") { unsafe apus_memfd_create("fuzz", 1) })
        try unsafe bytes.withUnsafeBytesOrError { buffer throws(ApusError) in try unsafe writeWhole(file.raw, buffer, name: path) }
        return ArchiveFile(container: SharedFile(file, name: path), offset: 0, size: bytes.count)
    }
}

extension ArraySlice<UInt8> {
    /// Where `pattern` begins, whose first byte `isFirst` knows.
    fileprivate func firstIndex(where isFirst: (UInt8) -> Bool, of pattern: [UInt8]) -> Int? {
        indices.first { isFirst(self[$0]) && self[$0...].starts(with: pattern) }
    }
}

extension [UInt8] {
    /// `withUnsafeBytes` with a typed error.
    fileprivate func withUnsafeBytesOrError(_ body: (UnsafeRawBufferPointer) throws(ApusError) -> Void) throws(ApusError) {
        var failure: ApusError?
        unsafe withUnsafeBytes { buffer in
            do throws(ApusError) { try unsafe body(buffer) } catch { failure = error }
        }
        if let failure { throw failure }
    }
}
