import CShim
public import Glibc

/// Which extended attributes go with a copy.
public enum CopiedAttributes: Sendable {
    /// What belongs to the files themselves: `user.`, capabilities and access lists. Labels of security modules and marks of file systems belong
    /// to the host.
    case ofFiles
    /// All that a container sees of its files: everything but overlayfs's own marks.
    case seenInside
    /// All that a directory needs as a read-only layer of an overlay: what is deleted and hidden stays so.
    ///
    /// Marks that speak of the layers below as they were when overlayfs wrote them, and that it reads in an upper directory only, stay behind.
    case ofLayer

    private func keeps(_ name: String) -> Bool {
        let isOverlays = name.hasPrefix(Self.overlay) && !name.hasPrefix("\(Self.overlay)overlay.")  // a mark of an overlay inside, escaped
        return switch self {
        case .ofFiles: name.hasPrefix("user.") || ["security.capability", "system.posix_acl_access", "system.posix_acl_default"].contains(name)
        case .seenInside: !isOverlays
        case .ofLayer: !isOverlays || !Self.ofUpper.contains(String(name.dropFirst(Self.overlay.count)))
        }
    }

    private static let overlay = "trusted.overlay."
    private static let ofUpper: Set = ["origin", "impure", "nlink", "upper", "uuid", "protattr"]
}

/// Gives an open file or directory the owner, mode, attributes and times of another.
///
/// - Parameters:
///   - name: what is copied, as a user knows it.
///   - before: what it was before it was read; nil asks now.
public func copyAttributes(
    from source: Int32, to target: Int32, name: String, _ attributes: CopiedAttributes = .ofFiles, _ before: stat? = nil
) throws(ApusError) {
    var status = stat()
    if let before { status = before } else { status = try fileStatus(source, name) }
    try systemCall("cannot set the owner of the copy of \(name)") { fchown(target, status.st_uid, status.st_gid) }
    // After chown(2), which drops setuid, setgid and capabilities.
    try systemCall("cannot set the mode of the copy of \(name)") { fchmod(target, status.st_mode & 0o7777) }
    try attributes.copy(from: source, to: target, name: name)
    let times = [status.st_atim, status.st_mtim]
    try systemCall("cannot set the times of the copy of \(name)") { unsafe futimens(target, times) }
}

extension CopiedAttributes {
    /// Copies those that go with a copy, between descriptors that may name only a place: links, pipes and devices cannot be opened.
    func copy(from source: Int32, to target: Int32, name: String) throws(ApusError) {
        let (source, target) = ("/proc/self/fd/\(source)", "/proc/self/fd/\(target)")
        let names = try attributeNames(source, name)
        for attribute in names where keeps(String(decoding: attribute, as: UTF8.self)) {
            let attribute = Array(attribute) + [0]
            var value = [UInt8](repeating: 0, count: 64 << 10)
            let size = try systemCall("cannot read an attribute of \(name)") {
                unsafe withCString(attribute) { text in unsafe value.withUnsafeMutableBytes { unsafe apus_getxattr(source, text, $0.baseAddress, $0.count) } }
            }
            try systemCall("cannot set an attribute of the copy of \(name)") {
                unsafe withCString(attribute) { text in unsafe value.withUnsafeBytes { unsafe apus_setxattr(target, text, $0.baseAddress, size) } }
            }
        }
    }
}

private func attributeNames(_ path: String, _ name: String) throws(ApusError) -> [ArraySlice<UInt8>] {
    var room = 1024
    while true {
        var names = [UInt8](repeating: 0, count: room)
        let length = unsafe names.withUnsafeMutableBytes { unsafe apus_listxattr(path, $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count) }
        let number = errno
        if length >= 0 { return names[..<length].split(separator: 0) }
        if number == ENOTSUP { return [] }
        if number != ERANGE || room > 1024 { throw ApusError(errno: number, "cannot list the attributes of \(name)") }
        room = 64 << 10  // the most that there are (xattr(7))
    }
}
