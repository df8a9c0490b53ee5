import ContainerRuntime
import LinuxSystem
import OCISpec
import Testing

/// Each option of config.md's table does what it says, as the kernel shows it in mountinfo.
@Suite struct OptionTests {
    /// Options of a new tmpfs, what the mount shows for them, and what its file system shows.
    private static let table: [(options: [String], mount: String, superblock: String)] = [
        ([], "rw,relatime", "rw"), (["defaults"], "rw,relatime", "rw"), (["ro"], "ro,relatime", "ro"), (["ro", "rw"], "rw,relatime", "rw"),
        (["nosuid", "nodev", "noexec"], "rw,nosuid,nodev,noexec,relatime", "rw"),
        (["nosuid", "suid", "nodev", "dev", "noexec", "exec"], "rw,relatime", "rw"),
        (["noatime"], "rw,noatime", "rw"), (["noatime", "atime"], "rw,relatime", "rw"), (["strictatime"], "rw", "rw"),
        (["strictatime", "nostrictatime"], "rw,relatime", "rw"), (["noatime", "nostrictatime"], "rw,noatime", "rw"), (["relatime"], "rw,relatime", "rw"),
        (["norelatime"], "rw,relatime", "rw"), (["nodiratime"], "rw,nodiratime,relatime", "rw"), (["nodiratime", "diratime"], "rw,relatime", "rw"),
        (["nosymfollow"], "rw,relatime,nosymfollow", "rw"), (["nosymfollow", "symfollow"], "rw,relatime", "rw"),
        (["sync"], "rw,relatime", "rw,sync"), (["sync", "async"], "rw,relatime", "rw"), (["dirsync"], "rw,relatime", "rw,dirsync"),
        (["lazytime"], "rw,relatime", "rw,lazytime"), (["lazytime", "nolazytime"], "rw,relatime", "rw"), (["mand"], "rw,relatime", "rw,mand"),
        (["mand", "nomand"], "rw,relatime", "rw"), (["silent", "loud", "iversion", "noiversion"], "rw,relatime", "rw"),
        (["rro"], "ro,relatime", "ro"), (["ro", "rrw"], "rw,relatime", "rw"), (["rnosuid", "rnodev", "rnoexec"], "rw,nosuid,nodev,noexec,relatime", "rw"),
        (["rnoatime"], "rw,noatime", "rw"), (["rnosymfollow", "rnodiratime"], "rw,nodiratime,relatime,nosymfollow", "rw"),
        (["size=64k", "mode=700"], "rw,relatime", "rw,size=64k,mode=700"),
    ]

    @Test func newFileSystems() throws {
        let bundle = try Bundle()
        let mounts = Self.table.enumerated().map {
            Mount(destination: "/m/\($0.offset)", type: "tmpfs", source: "t", options: ["mode=1777"] + $0.element.options)
        }
        let shown = try lines(bundle.inside("awk '$5 ~ \"^/m/\" { sub(\",inode64\", \"\", $NF); print $5, $6, $NF }' /proc/self/mountinfo", mounts))
        #expect(shown.count == Self.table.count)
        for (index, row) in Self.table.enumerated() { #expect(shown["/m/\(index)"] == "\(row.mount) \(row.superblock)", "\(row.options)") }
    }

    /// The first word of each line and the rest: the kernel keeps no order among mounts.
    private func lines(_ text: String) -> [Substring: Substring] {
        var found: [Substring: Substring] = [:]
        for line in text.split(separator: "\n") {
            let end = line.firstIndex(of: " ") ?? line.endIndex
            found[line[..<end]] = line[end...].dropFirst()
        }
        return found
    }

    /// Recursive attributes reach the mounts below, the others only the one that is named.
    @Test func binds() throws {
        let bundle = try Bundle()
        func mount(_ name: String, _ options: [String]) -> Mount {
            // It has a mount below, on pts.
            Mount(destination: "/b/\(name)", type: "bind", source: "/dev", options: options)
        }
        let mounts = [
            mount("plain", ["bind"]), mount("tree", ["rbind"]), mount("top", ["rbind", "ro", "noexec"]), mount("all", ["rbind", "rro", "rnoatime"]),
            mount("both", ["rbind", "rro", "rw", "nosuid", "rsuid"]), mount("back", ["rbind", "rnosuid", "rexec", "rdev", "rstrictatime"]),
            Mount(destination: "/b/shown", type: "none", source: "/dev", options: ["bind", "sync", "lazytime"]),
            Mount(destination: "/b/untyped", source: "/dev", options: ["bind"]),
        ]
        let shown = try bundle.inside("awk '$5 ~ \"^/b/[a-z]*(/pts)?$\" { print $5, $6 }' /proc/self/mountinfo", mounts)
        var lines: [Substring: Set<Substring>] = [:]
        for line in shown.split(separator: "\n") {
            let fields = line.split(separator: " ")
            lines[fields[0]] = Set(fields[1].split(separator: ","))
        }
        #expect(lines["/b/plain"] != nil && lines["/b/plain/pts"] == nil && lines["/b/untyped"] != nil && lines["/b/shown"] != nil, "\(shown)")
        #expect(lines["/b/top"]?.isSuperset(of: ["ro", "noexec"]) == true && lines["/b/top/pts"]?.contains("rw") == true)
        #expect(lines["/b/all"]?.isSuperset(of: ["ro", "noatime"]) == true && lines["/b/all/pts"]?.isSuperset(of: ["ro", "noatime"]) == true)
        #expect(lines["/b/both"]?.contains("ro") == true && lines["/b/both"]?.contains("nosuid") == false && lines["/b/both/pts"]?.contains("ro") == true)
        let back = ["/b/back", "/b/back/pts"].compactMap { lines[Substring($0)] }
        #expect(back.count == 2)
        for attributes in back {
            #expect(attributes.contains("nosuid") && attributes.isDisjoint(with: ["noexec", "nodev", "relatime", "noatime"]), "\(attributes)")
        }
        // What the source has and nobody clears stays.
        #expect(try lines["/b/tree/pts"] == Set(hostAttributes(of: "/dev/pts")))
    }

    private func hostAttributes(of path: String) throws -> [Substring] {
        let line = try readText("/proc/self/mountinfo").split(separator: "\n").last { $0.split(separator: " ")[4] == path }
        return line.map { $0.split(separator: " ")[5].split(separator: ",") } ?? []
    }

    @Test func remount() throws {
        let bundle = try Bundle()
        let mounts = [
            Mount(destination: "/a", type: "tmpfs", source: "t", options: ["nosuid", "noatime", "mode=1777"]),
            Mount(destination: "/a", type: "tmpfs", source: "t", options: ["remount", "ro", "size=64k"]),
            Mount(destination: "/b", type: "tmpfs", source: "t", options: ["ro", "mode=1777"]),
            Mount(destination: "/b", type: "tmpfs", source: "t", options: ["remount", "rw", "noexec"]),
            Mount(destination: "/c", type: "tmpfs", source: "t", options: ["nodev", "mode=1777"]),
            Mount(destination: "/c", type: "bind", source: "/", options: ["bind", "remount", "ro"]),
        ]
        let shown = try bundle.inside("awk '$5 ~ \"^/[abc]$\" { sub(\",inode64\", \"\", $NF); print $5, $6, $NF }' /proc/self/mountinfo; echo x >/b/x", mounts)
        #expect(shown == "/a ro,noatime ro,size=64k\n/b rw,noexec,relatime rw\n/c ro,relatime rw\n")
        let nothing = bundle.refusal([Mount(destination: "/etc", type: "tmpfs", options: ["remount", "ro"])])
        #expect(nothing == "cannot change the mount at /etc (ro,ro) (mounts[3]): invalid argument (EINVAL); is something mounted at /etc?")
    }

    @Test func whatTheFileSystemRefuses() throws {
        let bundle = try Bundle()
        let refusal = bundle.refusal([Mount(destination: "/x", type: "tmpfs", source: "t", options: ["nosuch=1"])])
        #expect(
            refusal == "cannot mount tmpfs on /x (nosuch=1) (mounts[3]): invalid argument (EINVAL); tmpfs may not take its options (nosuch=1)")
        let unknown = bundle.refusal([Mount(destination: "/x", type: "nosuchfs", source: "t")])
        #expect(unknown == "cannot mount nosuchfs on /x (mounts[3]): no such device (ENODEV)")
    }

    /// fsconfig(2) takes 255 bytes a value, mount(2) a page.
    @Test func manyLayers() throws {
        let bundle = try Bundle()
        let names = (0..<20).map { "layer-with-a-long-name-\($0)" }
        try bundle.prepare("for i in \(names.joined(separator: " ")); do mkdir -p rootfs/l/$i; echo $i >rootfs/l/$i/$i; done")
        let lower = names.map { "/l/\($0)" }.joined(separator: ":")
        let mount = Mount(destination: "/o", type: "overlay", source: "overlay", options: ["lowerdir=\(lower)", "ro", "nosuid", "rslave"])
        let shown = try bundle.inside("ls /o | busybox wc -l; cat /o/\(names[19]); awk '$5 == \"/o\" { print $6 }' /proc/self/mountinfo; pwd", [mount])
        #expect(shown == "20\n\(names[19])\nro,nosuid,relatime\n/\n")
    }

    @Test func propagation() throws {
        let bundle = try Bundle()
        let words = ["private", "rprivate", "shared", "rshared", "slave", "rslave", "unbindable", "runbindable"]
        let mounts = words.map { Mount(destination: "/p/\($0)", type: "tmpfs", source: "t", options: [$0]) }
        let shown = try bundle.inside("awk '$5 ~ \"^/p/\" { sub(\":[0-9]*\", \"\", $7); print $5, $7 }' /proc/self/mountinfo", mounts)
        let expected = words.map { "/p/\($0) \($0.hasSuffix("shared") ? "shared" : $0.hasSuffix("unbindable") ? "unbindable" : "-")\n" }.joined()
        #expect(shown == expected)
    }

    @Test(arguments: ["", "private", "rprivate", "shared", "rshared", "slave", "rslave", "unbindable", "runbindable"])
    func rootPropagation(_ word: String) throws {
        let bundle = try Bundle()
        let mounts = [
            Mount(destination: "/own", type: "tmpfs", source: "t", options: ["rprivate"]), Mount(destination: "/other", type: "tmpfs", source: "t"),
        ]
        let script = "awk '$5 ~ \"^/(own|other)?$\" { sub(\":[0-9]*\", \"\", $7); print $5, $7 }' /proc/self/mountinfo"
        let shown = try bundle.inside(script, mounts) { $0.linux?.rootfsPropagation = word }
        let kind = word.hasSuffix("shared") ? "shared" : word.hasSuffix("unbindable") ? "unbindable" : "-"
        #expect(shown == "/ \(kind)\n/own -\n/other \(word.hasPrefix("r") ? kind : "-")\n")
    }
}
