extension MountOptions {
    /// The options that mean something here, and not to the file system alone, by name.
    static var recognized: [String] { words.filter(recognizes) }

    /// Whether an option is taken as a word of Apus and not handed to the file system as it is.
    static func recognizes(_ option: String) -> Bool { MountOptions([option]).data.isEmpty }

    /// Every word that mount(8), the specification, runc or crun have for a mount as such.
    static let words: [String] = {
        let attributes = [
            "atime", "dev", "diratime", "exec", "noatime", "nodev", "nodiratime", "noexec", "norelatime", "nostrictatime", "nosuid", "nosymfollow",
            "relatime", "ro", "rw", "strictatime", "suid", "symfollow",
        ]
        let propagations = ["private", "shared", "slave", "unbindable"]
        let others = [
            "acl", "async", "bind", "copy-symlink", "defaults", "dest-nofollow", "dirsync", "idmap", "iversion", "lazytime", "loud", "mand", "noacl",
            "noiversion", "nolazytime", "nomand", "rbind", "remount", "ridmap", "silent", "src-nofollow", "sync", "tmpcopyup",
        ]
        return (attributes + attributes.map { "r" + $0 } + propagations + propagations.map { "r" + $0 } + others).sorted()
    }()
}
