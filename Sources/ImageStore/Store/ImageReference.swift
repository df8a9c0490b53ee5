public import LinuxSystem
public import OCISpec

/// A name of an image as Docker writes it: `[DOMAIN/]PATH[:TAG][@DIGEST]` (distribution/reference).
///
/// `busybox` means `docker.io/library/busybox:latest`. Both forms are the same value.
public struct ImageReference: Sendable, Hashable, CustomStringConvertible {
    /// The registry, `docker.io` where none was written.
    public let domain: String
    /// The repository within the registry.
    public let path: String
    /// The tag, `latest` where neither tag nor digest was written.
    public let tag: String?
    /// The digest of the manifest.
    public let digest: Digest?

    /// Reads a name.
    ///
    /// - Throws: `.invalidArgument` with what is wrong.
    public init(_ text: String) throws(ApusError) {
        func invalid(_ reason: String) -> ApusError { ApusError(.invalidArgument, "invalid image reference \"\(text)\": \(reason)") }
        var rest = text[...]
        var digest: Digest?
        if let at = rest.firstIndex(of: "@") {
            digest = Digest(String(rest[rest.index(after: at)...]))
            if digest == nil { throw invalid("the digest must be sha256: and 64 hexadecimal digits") }
            rest = rest[..<at]
        }
        var tag: String?
        if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("/") {
            tag = String(rest[rest.index(after: colon)...])
            rest = rest[..<colon]
            guard let tag, isTag(tag) else { throw invalid("the tag must be 1 to 128 letters, digits, \"_\", \".\" and \"-\"") }
        }
        let (domain, path) = Self.split(String(rest))
        guard path.utf8.count + domain.utf8.count < 255 else { throw invalid("the name is longer than 255 characters") }
        guard isDomain(domain) else { throw invalid("\"\(domain)\" is no registry") }
        guard !path.isEmpty, path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy(isPathComponent) else {
            throw invalid(
                path == path.lowercased()
                    ? "the repository must be lower-case letters and digits with single \".\", \"_\" and \"-\" between them"
                    : "the repository must be lower case")
        }
        if Digest(hex: String(rest)) != nil { throw invalid("64 hexadecimal digits are an ID") }
        self.domain = domain
        self.path = path
        self.tag = tag ?? (digest == nil ? "latest" : nil)
        self.digest = digest
    }

    /// The first part is a registry if it looks like a host; everything else is on Docker Hub.
    private static func split(_ name: String) -> (domain: String, path: String) {
        var (domain, path) = ("docker.io", name)
        if let slash = name.firstIndex(of: "/") {
            let first = name[..<slash]
            if first.contains(where: { $0 == "." || $0 == ":" }) || first == "localhost" || first != first.lowercased() {
                domain = first == "index.docker.io" ? "docker.io" : String(first)
                path = String(name[name.index(after: slash)...])
            }
        }
        return (domain, domain == "docker.io" && !path.contains("/") && !path.isEmpty ? "library/\(path)" : path)
    }

    /// The repository with its registry.
    public var repository: String { "\(domain)/\(path)" }

    /// The whole name, as the store keeps it.
    public var description: String { repository + suffix }

    /// The name as users write it: without Docker Hub's own parts.
    public var familiar: String { familiarRepository + suffix }

    /// The repository as users write it.
    public var familiarRepository: String {
        guard domain == "docker.io" else { return repository }
        let short = path.hasPrefix("library/") ? String(path.dropFirst(8)) : path
        // A path that begins like a registry, or that looks like an ID, would be read as something else.
        let again = Self.split(short)
        return again.domain == domain && again.path == path && Digest(hex: short) == nil ? short : repository
    }

    private var suffix: String { (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "") }
}

private func isAlphanumeric(_ byte: UInt8) -> Bool { isLowerAlphanumeric(byte) || (65...90).contains(byte) }
private func isLowerAlphanumeric(_ byte: UInt8) -> Bool { (48...57).contains(byte) || (97...122).contains(byte) }

private func isTag(_ tag: String) -> Bool {
    guard let first = tag.utf8.first, tag.utf8.count <= 128, isAlphanumeric(first) || first == UInt8(ascii: "_") else { return false }
    return tag.utf8.allSatisfy { isAlphanumeric($0) || "_.-".utf8.contains($0) }
}

/// Host names, addresses and a port.
private func isDomain(_ domain: String) -> Bool {
    let parts = domain.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    if parts.count == 2, parts[1].isEmpty || !parts[1].utf8.allSatisfy({ (48...57).contains($0) }) { return false }
    return parts[0].split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
        guard let first = label.utf8.first, let last = label.utf8.last else { return false }
        return isAlphanumeric(first) && isAlphanumeric(last) && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }
}

/// Letters and digits, with `.`, `_`, `__` or any number of `-` between them.
private func isPathComponent(_ component: Substring) -> Bool {
    let bytes = Array(component.utf8)
    guard let first = bytes.first, let last = bytes.last, isLowerAlphanumeric(first), isLowerAlphanumeric(last) else { return false }
    return bytes.split(whereSeparator: isLowerAlphanumeric).allSatisfy { separator in
        separator.elementsEqual(".".utf8) || separator.elementsEqual("_".utf8) || separator.elementsEqual("__".utf8)
            || separator.allSatisfy { $0 == UInt8(ascii: "-") }
    }
}
