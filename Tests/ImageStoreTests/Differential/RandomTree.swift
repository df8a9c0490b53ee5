import CShim
import Glibc
import LinuxSystem

@testable import ImageStore

/// What a tar format can hold; a tree keeps to it.
struct TreeLimits {
    /// Bytes of a path.
    var path = 3000
    /// Bytes of one name.
    var name = 255
    /// Bytes of a link's target, and of the path of a file that has several names.
    var link = 1000
    var owner: UInt32 = UInt32(Int32.max)
    /// Seconds; the file system's own range is a little wider.
    var times = -1_000_000_000...15_000_000_000
    var hasDevices = true
    /// The largest minor number of a device.
    var minor = 1_000_000
    var hasAccessLists = true
    /// Bytes that are no UTF-8.
    var hasAnyBytes = true

    // Members' paths have `./SEED/` in front.
    static let v7 = TreeLimits(path: 80, name: 60, link: 80, owner: 0o7_777_777, times: 0...0o77_777_777_777, hasDevices: false)
    // A path of short names can always be split in two.
    static let ustar = TreeLimits(path: 190, name: 45, link: 80, owner: 0o7_777_777, times: 0...0o77_777_777_777)
    static let any = TreeLimits()
    /// libarchive 3.6 takes the group's permissions from the access list, which it keeps in a form of its own, has fractions of seconds before
    /// 1970 the wrong way round, and loses some long names that are no text.
    static let libarchive = TreeLimits(times: 0...15_000_000_000, hasAccessLists: false, hasAnyBytes: false)
    /// Its other formats have no room for more, and members that do not fit are left out.
    static func libarchive(_ limits: TreeLimits) -> TreeLimits {
        var limits = limits
        limits.owner = min(limits.owner, 0o777_777)
        limits.times = 0...0o77_777_777_777
        limits.minor = 0o777_777
        (limits.hasAccessLists, limits.hasAnyBytes) = (false, false)
        return limits
    }
}

/// Makes a tree of everything that a root filesystem may hold, the same for the same seed.
struct RandomTree {
    private var random: SeededGenerator
    private let limits: TreeLimits
    private var directories: [[UInt8]] = [[]]
    private var files: [[UInt8]] = []
    /// Directories get their look in the end: it changes with every name in them.
    private var looks: [(path: [UInt8], mode: mode_t, owner: uid_t, group: gid_t, time: Timestamp)] = []

    private init(seed: UInt64, limits: TreeLimits) {
        random = SeededGenerator(seed)
        self.limits = limits
    }

    /// Makes the tree of a seed in a directory that exists.
    static func make(_ seed: UInt64, in directory: String, _ limits: TreeLimits) throws {
        var tree = RandomTree(seed: seed, limits: limits)
        let root = try openDirectory(directory)
        for index in 0..<Int.random(in: 3...30, using: &tree.random) { try tree.add(index, to: root.raw) }
        for look in tree.looks.reversed() { try tree.give(look, to: root.raw) }
    }

    private mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

    private mutating func name(_ index: Int) -> [UInt8] {
        let words: [[UInt8]] = [
            Array("n".utf8), Array("with blank".utf8), Array("-dash".utf8), Array("back\\slash".utf8), Array("quote'\"".utf8), Array("line\nfeed".utf8),
            Array("über".utf8), Array("日本".utf8), limits.hasAnyBytes ? [0xff, 0xfe, 0x80] : Array("x".utf8), Array("equals=5".utf8), Array("%41".utf8),
        ]
        var name = (words.randomElement(using: &random) ?? []) + Array("\(index)".utf8)
        if number(0...6) == 0 { name += [UInt8](repeating: UInt8(ascii: "l"), count: number(1...limits.name)) }
        return Array(name.prefix(limits.name))
    }

    private mutating func add(_ index: Int, to root: Int32) throws {
        let parent = directories.randomElement(using: &random) ?? []
        let path = (parent.isEmpty ? [] : parent + [UInt8(ascii: "/")]) + name(index)
        // A directory's slash counts too.
        guard path.count < limits.path else { return }
        let mode = number(0...5) == 0 ? mode_t(number(0...0o7777)) : 0o644
        switch number(0...9) {
        case 0, 1, 2:
            try unsafe call(path) { unsafe mkdirat(root, $0, 0o700) }
            directories.append(path)
            let directoryMode = number(0...2) == 0 ? mode_t(number(0...0o7777)) : 0o755
            looks.append((path, directoryMode, uid_t(owner()), gid_t(owner()), time()))
        case 3:
            let target = [UInt8](repeating: UInt8(ascii: "t"), count: number(1...(number(0...3) == 0 ? limits.link : 20)))
            try unsafe call(path) { path in unsafe withName(target) { unsafe symlinkat($0, root, path) } }
            try give((path, 0, uid_t(owner()), gid_t(owner()), time()), to: root)
        case 4:
            guard let file = files.randomElement(using: &random) else { return }
            try unsafe call(path) { path in unsafe withName(file) { unsafe linkat(root, $0, root, path, 0) } }
        case 5 where limits.hasDevices:
            let type = [S_IFIFO, S_IFCHR, S_IFBLK].randomElement(using: &random) ?? S_IFIFO
            // Character device 0:0 would be a whiteout.
            let (major, minor) = (UInt32(number(1...4095)), UInt32(number(0...limits.minor)))
            try unsafe call(path) { unsafe apus_mknodat(root, $0, type | 0o600, type == S_IFIFO ? 0 : major, type == S_IFIFO ? 0 : minor) }
            try give((path, mode, uid_t(owner()), gid_t(owner()), time()), to: root)
        default:
            try addFile(path, to: root)
            if path.count <= limits.link { files.append(path) }
            try give((path, mode, uid_t(owner()), gid_t(owner()), time()), to: root)
        }
    }

    private mutating func addFile(_ path: [UInt8], to root: Int32) throws {
        let file = OwnedFD(adopting: try unsafe call(path) { unsafe apus_openat(root, $0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600) })
        switch number(0...5) {
        case 0: break
        case 1, 2:
            // Sparse: some runs of data in a long hole, maybe one at its end.
            let size = number(1...3_000_000)
            for _ in 0..<number(0...12) {
                let offset = number(0...size - 1)
                let data = [UInt8](repeating: UInt8(number(1...255)), count: min(size - offset, number(1...9000)))
                _ = unsafe pwrite(file.raw, data, data.count, offset)
            }
            try systemCall("cannot set the length") { [raw = file.raw] in ftruncate(raw, size) }
        default:
            var data = [UInt8](repeating: 0, count: number(0...12_000))
            for index in data.indices { data[index] = UInt8(truncatingIfNeeded: random.next()) }
            try unsafe data.withUnsafeBytes { bytes in try unsafe writeWhole(file.raw, bytes, name: "a file") }
        }
    }

    private mutating func owner() -> UInt32 { number(0...2) == 0 ? UInt32.random(in: 0...limits.owner, using: &random) : UInt32(number(0...2000)) }

    private mutating func time() -> Timestamp {
        Timestamp(seconds: number(0...1) == 0 ? Int.random(in: limits.times, using: &random) : number(0...2_000_000_000), nanoseconds: number(0...999_999_999))
    }

    private mutating func give(_ look: (path: [UInt8], mode: mode_t, owner: uid_t, group: gid_t, time: Timestamp), to root: Int32) throws {
        let (path, mode, owner, group, time) = look
        guard let found = try status(of: path, in: root) else { return }
        try unsafe call(path) { unsafe fchownat(root, $0, owner, group, AT_SYMLINK_NOFOLLOW) }
        if found.kind != S_IFLNK { try unsafe call(path) { unsafe fchmodat(root, $0, mode, 0) } }
        if found.kind == S_IFREG || found.kind == S_IFDIR { try giveAttributes(path, root, isDirectory: found.isDirectory) }
        try setTime(time, of: path, in: root)
    }

    private mutating func giveAttributes(_ path: [UInt8], _ root: Int32, isDirectory: Bool) throws {
        guard number(0...2) == 0 else { return }
        let file = OwnedFD(adopting: try unsafe call(path) { unsafe apus_openat(root, $0, O_RDONLY | O_CLOEXEC, 0) })
        for index in 0..<number(0...3) {
            let value = (0..<number(0...200)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            try setAttribute(ExtendedAttribute(name: Array("user.näme \(index)".utf8), value: value), of: file.raw)
        }
        if !isDirectory && number(0...1) == 0 {
            let capability: [UInt8] = [1, 0, 0, 2, 0, UInt8(number(1...255)), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
            try setAttribute(ExtendedAttribute(name: Array("security.capability".utf8), value: capability), of: file.raw)
        }
        if limits.hasAccessLists, number(0...1) == 0 {
            let name = isDirectory && number(0...1) == 0 ? "system.posix_acl_default" : "system.posix_acl_access"
            try setAttribute(ExtendedAttribute(name: Array(name.utf8), value: accessList()), of: file.raw)
        }
    }

    /// An access list in the kernel's form (linux/posix_acl_xattr.h): a version, then tag, permissions and id of each entry.
    private mutating func accessList() -> [UInt8] {
        let user = UInt32(number(1...100_000))
        var bytes: [UInt8] = [2, 0, 0, 0]
        for (tag, id) in [(0x01, .max), (0x02, user), (0x04, .max), (0x10, .max), (0x20, UInt32.max)] as [(UInt16, UInt32)] {
            bytes += [UInt8(tag), 0, UInt8(number(0...7)), 0]
            bytes += (0..<4).map { UInt8(truncatingIfNeeded: id >> (8 * $0)) }
        }
        return bytes
    }

    @discardableResult
    private func call(_ path: [UInt8], _ body: (UnsafePointer<CChar>) -> Int32) throws -> Int32 {
        try systemCall("cannot make \(shown(path))") { unsafe withName(path, body) }
    }
}
