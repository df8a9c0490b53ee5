import LinuxSystem

/// Reads a tar archive once, from front to back: v7, ustar, GNU and pax, told by each header.
///
///     while let entry = try reader.next() { ... reader.body(upTo:) ... }
///
/// Nothing is allocated by a number of the archive: long names and pax headers are read up to `headerLimit`.
final class TarReader {
    /// The most bytes of one long name or pax header; attributes of 64 KiB must fit.
    private static let headerLimit = 1 << 20
    /// The most bytes of a path: the kernel's PATH_MAX without its NUL.
    private static let pathLimit = 4095

    let reader: BufferedReader
    /// Whether an archive without its padding and closing blocks is an error: true where no digest tells that it is whole.
    private let needsEndMarker: Bool
    private var global = PaxRecords()
    /// Bytes of the present member's body that were not handed out.
    private(set) var bodyLeft = 0
    /// The whole length of that body.
    private var bodySize = 0

    init(_ source: any BufferSource, needsEndMarker: Bool) {
        reader = BufferedReader(source)
        self.needsEndMarker = needsEndMarker
    }

    /// Where the body of the present member begins, counted from the start of the archive.
    var bodyOffset: Int { reader.offset }

    /// The next member; nil at the end.
    ///
    /// - Throws: `.malformed` naming the member where one is known.
    func next() throws(ApusError) -> TarEntry? {
        try skipBody()
        var extensions = PendingExtensions()
        while true {
            guard let header = try nextHeader() else {
                if extensions.isEmpty { return nil }
                throw ApusError(.malformed, "the archive ends behind an extended header")
            }
            do {
                if try absorb(header, into: &extensions) { continue }
                return try finish(header, extensions)
            } catch {
                throw error.within("entry \(shown(extensions.path ?? header.path))")
            }
        }
    }

    /// The next bytes of the present member's body, empty at its end.
    ///
    /// They are valid until the next call.
    func body(upTo limit: Int = .max) throws(ApusError) -> UnsafeRawBufferPointer {
        if bodyLeft == 0 { return unsafe UnsafeRawBufferPointer(start: nil, count: 0) }
        let piece = try unsafe reader.chunk(upTo: min(limit, bodyLeft))
        if unsafe piece.isEmpty { throw ApusError(.malformed, "the archive ends \(bodyLeft) bytes before the end of its data") }
        bodyLeft -= piece.count
        return unsafe piece
    }

    /// `count` bytes of the body, for maps of sparse files.
    func bodyBytes(_ count: Int) throws(ApusError) -> [UInt8] {
        var result = [UInt8]()
        while result.count < count {
            let piece = try unsafe body(upTo: count - result.count)
            if unsafe piece.isEmpty { throw ApusError(.malformed, "its sparse map is damaged") }
            unsafe result.append(contentsOf: piece)
        }
        return result
    }

    private func skipBody() throws(ApusError) {
        let (left, padding) = (bodyLeft, paddingAfter(bodySize))
        (bodyLeft, bodySize) = (0, 0)
        guard try reader.skip(left) else { throw ApusError(.malformed, "the archive ends early") }
        // umoci's layers end behind the last byte of the last file.
        if try !reader.skip(padding), needsEndMarker { throw ApusError(.malformed, "the archive ends early") }
    }

    /// The next block that is a header; nil at the end marker or at the end of the source.
    private func nextHeader() throws(ApusError) -> TarHeader? {
        let block = try reader.bytes(TarHeader.size)
        if block.isEmpty {
            if needsEndMarker { throw ApusError(.malformed, "the archive ends early") }
            return nil
        }
        if block.count < TarHeader.size { throw ApusError(.malformed, "the archive ends early") }
        return block.allSatisfy { $0 == 0 } ? nil : try TarHeader(block)
    }

    /// Takes a header that only extends the next one; false for a member's own.
    private func absorb(_ header: TarHeader, into extensions: inout PendingExtensions) throws(ApusError) -> Bool {
        switch header.typeFlag {
        case UInt8(ascii: "L"): extensions.longPath = TarHeader.text(try extensionBody(header)[...])
        case UInt8(ascii: "K"): extensions.longLink = TarHeader.text(try extensionBody(header)[...])
        case UInt8(ascii: "x"), UInt8(ascii: "X"): extensions.pax = try PaxRecords(parsing: extensionBody(header))
        case UInt8(ascii: "g"): global = try PaxRecords(parsing: extensionBody(header)).over(global)
        case UInt8(ascii: "V"): _ = try extensionBody(header)  // a volume's label
        default: return false
        }
        return true
    }

    private func extensionBody(_ header: TarHeader) throws(ApusError) -> [UInt8] {
        let size = try header.size
        guard size <= Self.headerLimit else { throw ApusError(.malformed, "its extended header of \(size) bytes is too long") }
        let body = try reader.bytes(size)
        guard body.count == size, try reader.skip(paddingAfter(size)) else { throw ApusError(.malformed, "the archive ends early") }
        return body
    }

    private func finish(_ header: TarHeader, _ extensions: PendingExtensions) throws(ApusError) -> TarEntry {
        let pax = try (extensions.pax ?? PaxRecords()).over(global)
        var entry = try plainEntry(header, extensions, pax)
        if entry.kind == .file {
            let paxSize = try pax.number("size")
            if let paxSize { bodySize = try TarHeader.length(paxSize) } else { bodySize = try header.size }
            bodyLeft = bodySize
            entry.size = bodySize
            try applySparse(header, pax, to: &entry)
        }
        for path in [entry.path, entry.linkTarget] where path.count > Self.pathLimit {
            throw ApusError(.malformed, "its path of \(path.count) bytes is too long")
        }
        return entry
    }

    private func plainEntry(_ header: TarHeader, _ extensions: PendingExtensions, _ pax: PaxRecords) throws(ApusError) -> TarEntry {
        let path = extensions.pax?.text("path") ?? extensions.longPath ?? pax.text("path") ?? header.path
        var entry = TarEntry(
            path: path, kind: try kind(header, path), mode: try header.mode, owner: try header.owner, group: try header.group,
            size: 0, modified: try header.modified, attributes: pax.attributes)
        if let owner = try pax.number("uid") { entry.owner = try TarHeader.identity(owner, "owner") }
        if let group = try pax.number("gid") { entry.group = try TarHeader.identity(group, "group") }
        if let modified = try pax.time("mtime") { entry.modified = modified }
        switch entry.kind {
        case .hardLink, .symbolicLink:
            entry.linkTarget = extensions.pax?.text("linkpath") ?? extensions.longLink ?? pax.text("linkpath") ?? header.linkTarget
            if entry.linkTarget.isEmpty { throw ApusError(.malformed, "the link leads nowhere") }
        case .characterDevice, .blockDevice: (entry.deviceMajor, entry.deviceMinor) = (try header.deviceMajor, try header.deviceMinor)
        default: break
        }
        return entry
    }

    private func kind(_ header: TarHeader, _ path: [UInt8]) throws(ApusError) -> TarEntry.Kind {
        switch header.typeFlag {
        case 0, UInt8(ascii: "0"), UInt8(ascii: "7"):
            // v7 has no letter for directories.
            path.last == UInt8(ascii: "/") && header.dialect == .v7 ? .directory : .file
        case UInt8(ascii: "S"): .file
        case UInt8(ascii: "1"): .hardLink
        case UInt8(ascii: "2"): .symbolicLink
        case UInt8(ascii: "3"): .characterDevice
        case UInt8(ascii: "4"): .blockDevice
        case UInt8(ascii: "5"): .directory
        case UInt8(ascii: "6"): .fifo
        default: throw ApusError(.malformed, "its type \"\(shown([header.typeFlag]))\" is not known")
        }
    }
}

/// What headers in front of a member said about it.
private struct PendingExtensions {
    var longPath: [UInt8]?
    var longLink: [UInt8]?
    var pax: PaxRecords?

    var isEmpty: Bool { longPath == nil && longLink == nil && pax == nil }
    var path: [UInt8]? { pax?.text("path") ?? longPath }
}

/// The zeros that fill the last block of `size` bytes.
func paddingAfter(_ size: Int) -> Int { (TarHeader.size - size % TarHeader.size) % TarHeader.size }
