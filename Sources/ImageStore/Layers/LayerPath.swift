import LinuxSystem

/// A path of an archive, taken apart and checked: relative, below the layer, of names that a directory can hold.
struct LayerPath: Equatable {
    /// The names from the top down; none for the layer's root.
    let components: [[UInt8]]

    /// Takes a member's path.
    ///
    /// - Throws: `.malformed` for absolute paths, `..`, and names that are too long.
    init(_ path: [UInt8]) throws(ApusError) {
        if path.isEmpty { throw ApusError(.malformed, "the path is empty") }
        // umoci calls the root itself "/", which is harmless.
        if path.first == UInt8(ascii: "/"), path.contains(where: { $0 != UInt8(ascii: "/") }) { throw ApusError(.malformed, "the path is absolute") }
        if path.contains(0) { throw ApusError(.malformed, "the path holds a NUL") }
        var components = [[UInt8]]()
        for part in path.split(separator: UInt8(ascii: "/")) where !part.elementsEqual(".".utf8) {
            if part.elementsEqual("..".utf8) { throw ApusError(.malformed, "the path leads outside by \"..\"") }
            if part.count > 255 { throw ApusError(.malformed, "a name of \(part.count) bytes is too long") }
            components.append(Array(part))
        }
        self.components = components
    }

    /// Names that were checked already.
    init(components: [[UInt8]]) { self.components = components }

    var parent: LayerPath { LayerPath(components: Array(components.dropLast())) }
    var name: [UInt8]? { components.last }
    /// The path as text.
    var text: String { components.isEmpty ? "." : shown(Array(components.joined(separator: [UInt8(ascii: "/")]))) }
}

/// What a name means in a layer (image-spec, layer.md, "Whiteouts").
enum LayerName: Equatable {
    /// A member of the layer.
    case plain
    /// `.wh.NAME`: NAME of the layers below is gone.
    case whiteout([UInt8])
    /// `.wh..wh..opq`: everything of the layers below in this directory is gone.
    case opaque
    /// Other names of the form `.wh..wh.*`: AUFS's own notes.
    case auxiliary

    private static let prefix = Array(".wh.".utf8)

    init(_ name: [UInt8]) throws(ApusError) {
        guard name.starts(with: Self.prefix) else {
            self = .plain
            return
        }
        let hidden = Array(name.dropFirst(Self.prefix.count))
        if hidden.elementsEqual(".wh..opq".utf8) {
            self = .opaque
        } else if hidden.starts(with: Self.prefix) {
            self = .auxiliary
        } else if hidden.isEmpty || hidden.elementsEqual(".".utf8) || hidden.elementsEqual("..".utf8) {
            throw ApusError(.malformed, "the whiteout names nothing")
        } else {
            self = .whiteout(hidden)
        }
    }
}
