import CShim
import Glibc
import LinuxSystem

/// Compares one member of a tar with the file that was made of it.
enum MemberCheck {
    /// What differs; nil for nothing.
    ///
    /// - Parameter fd: the open file or directory, for its attributes; nil where none are compared.
    static func difference(_ entry: TarEntry, _ found: FileStatus, _ fd: Int32?) throws(ApusError) -> String? {
        guard kind(of: entry) == found.kind else { return "is another kind of file" }
        if entry.kind == .file, entry.size != found.st_size { return "has \(found.st_size) bytes and should have \(entry.size)" }
        if entry.owner != found.st_uid || entry.group != found.st_gid {
            return "belongs to \(found.st_uid):\(found.st_gid) and should belong to \(entry.owner):\(entry.group)"
        }
        // An access list keeps its mask in the bits of the group.
        let hasList = entry.attributes.contains { $0.name.elementsEqual("system.posix_acl_access".utf8) }
        let compared: mode_t = hasList ? 0o7707 : 0o7777
        if entry.kind != .symbolicLink, (entry.mode ^ found.st_mode) & compared != 0 {
            return "has the mode \(String(found.st_mode & 0o7777, radix: 8)) and should have \(String(entry.mode & 0o7777, radix: 8))"
        }
        if entry.kind == .characterDevice || entry.kind == .blockDevice,
            (apus_major(found.st_rdev), apus_minor(found.st_rdev)) != (entry.deviceMajor, entry.deviceMinor)
        {
            return "is another device"
        }
        // Beyond these the file system has only the nearest time that it can hold.
        if isHeldExactly(entry.modified), entry.modified != found.modified { return "has the time \(found.modified) and should have \(entry.modified)" }
        guard let fd, entry.attributes.contains(where: \.isKept) else { return nil }
        let own = try attributes(of: fd)
        let lost = entry.attributes.first { wanted in wanted.isKept && !own.contains(wanted) }
        return lost.map { "has lost its attribute \(shown($0.name))" }
    }

    /// ext4 holds 34 bits of seconds from 1901 on.
    private static func isHeldExactly(_ time: Timestamp) -> Bool { (-1 << 31..<(1 << 34) - (1 << 31)).contains(time.seconds) }

    /// The kind of file that a member makes; 0 for a hard link, which is of any.
    static func kind(of entry: TarEntry) -> mode_t {
        switch entry.kind {
        case .file: S_IFREG
        case .directory: S_IFDIR
        case .symbolicLink: S_IFLNK
        case .characterDevice: S_IFCHR
        case .blockDevice: S_IFBLK
        case .fifo: S_IFIFO
        case .hardLink: 0
        }
    }

    /// Opens a file or directory by its one name, never through a link.
    static func open(_ name: [UInt8], in directory: Int32) throws(ApusError) -> OwnedFD {
        OwnedFD(
            adopting: try systemCall("cannot open \(shown(name))") {
                unsafe withName(name) { unsafe apus_openat(directory, $0, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0) }
            })
    }

    /// Compares the bytes of a file with the member's; the sizes are the same.
    static func contentDifference(_ entry: TarEntry, _ body: TarReader, _ file: Int32) throws(ApusError) -> String? {
        let own = ByteBuffer(capacity: sourceBufferSize)
        var end = 0
        for run in entry.dataRuns ?? [SparseRun(offset: 0, length: entry.size)] {
            if let place = try firstData(from: end, to: run.offset, in: file, own) { return "differs at byte \(place)" }
            var offset = run.offset
            end = run.offset + run.length
            while offset < end {
                let piece = try unsafe body.body(upTo: min(end - offset, sourceBufferSize))
                if unsafe piece.isEmpty { return "ends early in the blob" }
                let count = piece.count
                let got = try read(file, at: offset, count, own)
                let isSame = unsafe got == count && memcmp(piece.baseAddress.unsafelyUnwrapped, own.bytes.baseAddress.unsafelyUnwrapped, count) == 0
                if !isSame { return "differs between the bytes \(offset) and \(offset + count)" }
                offset += count
            }
        }
        return try firstData(from: end, to: entry.size, in: file, own).map { "differs at byte \($0)" }
    }

    /// The first byte in what should be a hole that is not 0; what the file system keeps as a hole is not read.
    private static func firstData(from start: Int, to end: Int, in file: Int32, _ buffer: ByteBuffer) throws(ApusError) -> Int? {
        var offset = start
        while offset < end {
            let data = lseek(file, offset, 3)  // SEEK_DATA
            if data < 0 || data >= end { return nil }
            offset = data
            let count = try read(file, at: offset, min(end - offset, sourceBufferSize), buffer)
            if count == 0 { return nil }
            if let place = unsafe buffer.bytes[..<count].firstIndex(where: { $0 != 0 }) { return offset + place }
            offset += count
        }
        return nil
    }

    private static func read(_ file: Int32, at offset: Int, _ count: Int, _ buffer: ByteBuffer) throws(ApusError) -> Int {
        var done = 0
        while done < count {
            let got = try systemCall("cannot read an unpacked file") {
                unsafe pread(file, buffer.bytes.baseAddress.unsafelyUnwrapped + done, count - done, offset + done)
            }
            if got == 0 { break }
            done += got
        }
        return done
    }
}
