import Glibc

/// The bytes that a tree takes on its disk, a file with several names counted once; what cannot be looked at counts nothing.
///
/// No link is followed.
public func diskUsage(of path: String) -> Int {
    var seen: Set<ino_t> = []
    guard let directory = try? openFile(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) else { return 0 }
    return diskUsage(below: directory, &seen)
}

private func diskUsage(below directory: borrowing OwnedFD, _ seen: inout Set<ino_t>) -> Int {
    var total = 0
    for name in (try? directoryEntries(directory, name: "")) ?? [] {
        var status = stat()
        guard unsafe fstatat(directory.raw, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
        let isDirectory = status.st_mode & S_IFMT == S_IFDIR
        if !isDirectory && status.st_nlink > 1 && !seen.insert(status.st_ino).inserted { continue }
        if !isDirectory { total += Int(status.st_blocks) * 512 }
        if isDirectory, let child = try? openFile(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, at: directory.raw) { total += diskUsage(below: child, &seen) }
    }
    return total
}
