import Glibc
public import LinuxSystem

/// Who owns what is copied.
public struct TreeOwner: Sendable, Equatable {
    /// The user.
    public let user: UInt32
    /// The group.
    public let group: UInt32

    /// Names an owner.
    public init(user: UInt32, group: UInt32) {
        self.user = user
        self.group = group
    }
}

/// What is packed for a copy: a name in an open directory, or that directory.
public struct CopyItem: Sendable {
    /// The name; nil for the directory itself.
    public var name: [UInt8]?
    /// What it is called in the tar; nil for the contents of the directory alone.
    public var memberName: [UInt8]?
    /// Its absolute path in its tree, for `entersMount`.
    public var place: [UInt8]

    /// Names an item.
    public init(name: [UInt8]?, memberName: [UInt8]?, place: [UInt8]) {
        self.name = name
        self.memberName = memberName
        self.place = place
    }
}

/// Packs a file or a tree as a tar.
///
/// - Parameters:
///   - directory: stays the caller's.
///   - fd: where the tar goes; it stays the caller's.
///   - entersMount: whether what is mounted at an absolute path below is packed too.
/// - Returns: the bytes of its files.
public func packItem(
    _ item: CopyItem, in directory: Int32, to fd: Int32, name: String, entersMount: @escaping ([UInt8]) -> Bool
) throws(ApusError) -> Int {
    let slash = [UInt8(ascii: "/")]
    let sink = DescriptorSink(fd, name: name)
    let packer = TreePacker(TarWriter(sink), leastHoles: TreePacker.holesOfCopies, entersMount: entersMount)
    if let name = item.name, let member = item.memberName {
        guard let found = try status(of: name, in: directory) else { throw ApusError(.notFound, "\(shown(name)) is gone") }
        try packer.pack(name, in: directory, found, as: member)
    } else {
        let own = try openDirectory(".", at: directory)
        if let member = item.memberName { try packer.packDirectory(own, TarEntry(path: member, try status(of: own.raw))) }
        let place = item.place.last == slash[0] ? item.place : item.place + slash
        try packer.packContents(of: own, as: item.memberName.map { $0 + slash } ?? [], place: place)
    }
    try packer.tar.finish()
    try sink.flush()
    return packer.fileBytes
}

/// Unpacks a tar, packed in whatever way, over what is in a directory.
///
/// - Parameters:
///   - fd: where the tar comes from; it stays the caller's.
///   - owner: who owns everything in the end; nil for whom the tar names.
public func unpackTree(from fd: Int32, name: String, into directory: borrowing OwnedFD, owner: TreeOwner?) throws(ApusError) {
    let source = try ImageArchive.descriptor(fd, name: name).source()
    let prefix = try source.prefix(16)
    let plain = try Compression(sniffing: prefix).plain(PrefixedSource(prefix, then: source), size: nil)
    let tar = TarReader(plain, needsEndMarker: true)
    let unpacker = TreeUnpacker(root: try directory.duplicate(), owner: owner)
    while let entry = try tar.next() { try unpacker.apply(entry, tar) }
    try unpacker.finish()
    // Who writes the tar must not be told that nobody reads it.
    try plain.drain()
}
