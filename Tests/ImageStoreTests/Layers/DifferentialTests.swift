import Glibc
import LinuxSystem
import Testing

@testable import ImageStore

/// Random trees, packed by GNU tar in each of its formats: what we unpack is what GNU tar unpacks.
@Suite("the same as GNU tar", .enabled(if: isRoot && installed("tar"), "needs root and GNU tar")) struct DifferentialTests {
    /// A shell script that makes a tree; it holds whatever a root filesystem may.
    func script(_ seed: UInt64, format: String) -> String {
        var generator = SeededGenerator(seed)
        func any(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
        var lines = ["mkdir -p tree && cd tree"]
        var directories = ["."]
        var files = [String]()
        for index in 0..<any(5...40) {
            let directory = directories.randomElement(using: &generator) ?? "."
            // v7 holds 99 bytes of path; other formats get names that need extensions.
            let long = format != "v7" && any(0...5) == 0 ? String(repeating: "long", count: any(10...50)) : ""
            let path = "\(directory)/n\(index)\(long)"
            switch any(0...8) {
            case 0, 1:
                lines.append("mkdir '\(path)'")
                if path.utf8.count < 60 || format != "v7" && path.utf8.count < 2000 { directories.append(path) }
            case 2: lines.append("ln -s 'target\(long)' '\(path)'")
            case 3:
                guard let file = files.randomElement(using: &generator) else { continue }
                lines.append("ln '\(file)' '\(path)'")
                continue
            case 4 where format != "v7": lines.append("mkfifo '\(path)'")
            case 5 where format != "v7": lines.append("mknod '\(path)' \(any(0...1) == 0 ? "c" : "b") \(any(1...200)) \(any(0...200))")
            case 6:
                lines.append(
                    "truncate -s \(any(1...3_000_000)) '\(path)'; printf data | dd of='\(path)' bs=1 seek=\(any(0...100_000)) conv=notrunc status=none")
                files.append(path)
            default:
                lines.append("head -c \(any(0...20_000)) /dev/urandom > '\(path)'")
                files.append(path)
            }
            lines.append("chown -h \(any(0...2000)):\(any(0...2000)) '\(path)'")
            lines.append("[ -L '\(path)' ] || chmod \(String(any(0...0o7777), radix: 8)) '\(path)'")
            lines.append("touch -h -d @\(any(0...2_000_000_000)).\(any(0...999_999_999)) '\(path)'")
        }
        return lines.joined(separator: "\n")
    }

    private static let flags = [
        "v7": [""], "ustar": [""], "oldgnu": ["", "--sparse"], "gnu": ["", "--sparse"],
        "posix": ["--xattrs", "--sparse --sparse-version=0.0", "--sparse --sparse-version=0.1", "--sparse --sparse-version=1.0 --xattrs"],
    ]

    @Test(arguments: ["v7", "ustar", "oldgnu", "gnu", "posix"], 0..<3)
    func unpacksTheSame(format: String, seed: UInt64) throws {
        for flags in Self.flags[format] ?? [] {
            let scratch = try Scratch()
            try scratch.shell(script(seed, format: format))
            try giveAttributes("\(scratch.path)/tree")
            // Long paths do not fit ustar; tar leaves those members out and says so by its status.
            try scratch.shell("tar -C tree --format=\(format) \(flags) -cf t.tar . || [ \(format) = ustar -o \(format) = v7 ]")
            try scratch.shell(
                "mkdir theirs && tar -C theirs -xpf t.tar --numeric-owner --xattrs --xattrs-include='*' || [ \(format) = ustar -o \(format) = v7 ]")
            try makeDirectories("\(scratch.path)/ours")
            let writer = try LayerWriter(directory: "\(scratch.path)/ours", lower: LowerLayers(directories: []))
            let reader = TarReader(PrefixedSource(try readFile("\(scratch.path)/t.tar", limit: 1 << 30), then: nil), needsEndMarker: true)
            while let entry = try reader.next() { try writer.apply(entry, body: reader) }
            try writer.finish()
            // Kind, mode, owner, group, size, links, time, link's target, device numbers; then contents and attributes.
            let look = """
                cd DIR && find . -printf '%P %y %m %U %G %s %n %T@ %l\\n' | sed 's/ d \\([0-9]* [0-9]* [0-9]*\\) [0-9]* [0-9]* / d \\1 /' | sort
                find . -type b -o -type c | sort | xargs -r stat -c '%n %t %T'
                find . -type f | sort | xargs -r cat | sha256sum
                """
            let theirs = try scratch.shell(look.replacingDirectory("theirs"))
            let ours = try scratch.shell(look.replacingDirectory("ours"))
            #expect(ours == theirs, "format \(format) \(flags), seed \(seed)")
            #expect(try fileAttributes("\(scratch.path)/ours") == fileAttributes("\(scratch.path)/theirs"))
        }
    }
}

/// Attributes for the files at the top of a tree.
private func giveAttributes(_ tree: String) throws {
    for name in try listDirectory(tree) {
        guard let file = try? openInRoot(openDirectory(tree), name, O_RDONLY | O_NONBLOCK, resolve: [.beneath, .noSymlinks]) else { continue }
        guard try status(of: file.raw).kind == S_IFREG else { continue }
        try setAttribute(ExtendedAttribute(name: Array("user.\(name.prefix(20))".utf8), value: [0, 10, 255]), of: file.raw)
        let capability: [UInt8] = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        try setAttribute(ExtendedAttribute(name: Array("security.capability".utf8), value: capability), of: file.raw)
    }
}

private func fileAttributes(_ tree: String) throws -> [String: [ExtendedAttribute]] {
    var result = [String: [ExtendedAttribute]]()
    for name in try listDirectory(tree) {
        guard let file = try? openInRoot(openDirectory(tree), name, O_RDONLY | O_NONBLOCK, resolve: [.beneath, .noSymlinks]) else { continue }
        result[name] = try attributes(of: file.raw).sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }
    return result
}

extension String {
    fileprivate func replacingDirectory(_ name: String) -> String {
        var parts = [Substring]()
        for (index, part) in split(separator: "DIR", omittingEmptySubsequences: false).enumerated() {
            if index > 0 { parts.append(Substring(name)) }
            parts.append(part)
        }
        return parts.joined()
    }
}
