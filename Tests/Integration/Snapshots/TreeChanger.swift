import CShim
import Glibc
import LinuxSystem

/// Random changes of a tree, as programs in a container make them; every file is made by number, so that they meet one another.
struct TreeChanger {
    let root: String
    var generator = SystemRandomNumberGenerator()

    init(_ root: String) { self.root = root }

    /// One change; most hit something that is there, and those that cannot be made are no change.
    mutating func change() throws {
        let (path, other) = (place(), place())
        switch Int.random(in: 0..<20, using: &generator) {
        case 0...3: write(path, Int.random(in: 0..<5000, using: &generator))
        case 4: _ = unsafe mkdir(path, 0o755)
        case 5: _ = unsafe symlink(String(other.split(separator: "/").last ?? "f0"), path)
        case 6: _ = unsafe link(other, path)
        case 7, 8: _ = unsafe rename(other, path)
        case 9: _ = unsafe unlink(path)
        case 10:
            // What was below is hidden: an opaque directory.
            try? removeTree(path)
            _ = unsafe mkdir(path, 0o700)
            write("\(path)/new", 3)
        case 11: try? removeTree(path)
        case 12: _ = unsafe chmod(path, UInt32.random(in: 0...0o7777, using: &generator))
        case 13: _ = unsafe lchown(path, UInt32.random(in: 0..<3, using: &generator) * 1000, 7)
        case 14:
            let times = [timespec(tv_sec: 1, tv_nsec: 2), timespec(tv_sec: Int.random(in: 0..<1 << 31, using: &generator), tv_nsec: 123_456_789)]
            _ = unsafe utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW)
        case 15: attributes(path)
        case 16: _ = unsafe mkfifo(path, 0o640)
        case 17: _ = unsafe apus_mknodat(AT_FDCWD, path, S_IFCHR | 0o600, 1, 3)
        case 18: sparse(path)
        default:
            // A name that is no text.
            let name: [UInt8] = Array("\(root)/data/d1/".utf8) + [0xff, UInt8.random(in: 0x80...0x83, using: &generator), 0]
            _ = unsafe name.withUnsafeBytes { unsafe mkdir($0.baseAddress!.assumingMemoryBound(to: CChar.self), 0o711) }
        }
    }

    private mutating func place() -> String {
        var path = "\(root)/data"
        for _ in 0..<Int.random(in: 0...2, using: &generator) { path += "/d\(Int.random(in: 0..<4, using: &generator))" }
        return path + "/\(["d", "f", "f", "n"].randomElement(using: &generator) ?? "f")\(Int.random(in: 0..<4, using: &generator))"
    }

    private mutating func write(_ path: String, _ count: Int) {
        guard let file = try? openFile(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK) else { return }
        let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
        try? writeAll(file.raw, bytes, name: path)
    }

    private func sparse(_ path: String) {
        guard let file = try? openFile(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK) else { return }
        _ = ftruncate(file.raw, 1 << 20)
        _ = lseek(file.raw, 1 << 19, SEEK_SET)
        try? writeAll(file.raw, [1, 2, 3], name: path)
    }

    private func attributes(_ path: String) {
        guard let file = try? openFile(path, openPathOnly | O_NOFOLLOW) else { return }
        let place = "/proc/self/fd/\(file.raw)"
        let accessList: [UInt8] =
            [2, 0, 0, 0, 1, 0, 6, 0, 255, 255, 255, 255, 2, 0, 7, 0, 5, 0, 0, 0, 4, 0, 4, 0, 255, 255, 255, 255]
            + [16, 0, 7, 0, 255, 255, 255, 255, 32, 0, 0, 0, 255, 255, 255, 255]
        let capability: [UInt8] = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        let values: [(String, [UInt8])] = [
            ("user.note", [UInt8.random(in: 0...255), 0, 1]), ("trusted.note", [UInt8.random(in: 0...255)]), ("system.posix_acl_access", accessList),
            ("security.capability", capability),
        ]
        for (name, value) in values { _ = unsafe value.withUnsafeBytes { unsafe apus_setxattr(place, name, $0.baseAddress, $0.count) } }
    }
}
