import LinuxSystem

/// The options of one mount of the specification, sorted into what the kernel takes as attributes, as propagation and as data.
struct MountOptions: Equatable {
    var set: MountAttributes = []
    var clear: MountAttributes = []
    /// Attributes for the whole tree (`rro`, `rnosuid`, …).
    var recursiveSet: MountAttributes = []
    var recursiveClear: MountAttributes = []
    /// In the order given: `slave` and then `shared` is both.
    var propagations: [Propagation] = []
    var isBind = false
    var isRecursiveBind = false
    /// `remount`: what is mounted at the destination changes.
    var isRemount = false
    /// `tmpcopyup`: a tmpfs gets what its destination holds.
    var copiesUp = false
    /// `idmap` or `ridmap`; whether mounts below take part.
    var idMap: IDMapReach?
    /// Switches of the file system itself (`sync`, `lazytime`, …), shared with all its other mounts: a bind mount has none of its own.
    var superblock: [String] = []
    /// What is left: the file system's own options, with commas inside values escaped.
    var data: [String] = []

    /// How far an id mapping goes.
    enum IDMapReach { case mount, tree }

    private struct Change {
        var set: MountAttributes = []
        var clear: MountAttributes = []
        /// What an earlier option set is forgotten; what the source of a bind mount has is kept.
        var forget: MountAttributes = []
    }

    private static let changes: [String: Change] = [
        "ro": Change(set: .readOnly), "rw": Change(clear: .readOnly),
        "nosuid": Change(set: .noSUID), "suid": Change(clear: .noSUID),
        "nodev": Change(set: .noDevices), "dev": Change(clear: .noDevices),
        "noexec": Change(set: .noExec), "exec": Change(clear: .noExec),
        "noatime": Change(set: .noAccessTime, clear: .accessTimeMask), "atime": Change(clear: .accessTimeMask),
        "strictatime": Change(set: .strictAccessTime, clear: .accessTimeMask), "nostrictatime": Change(forget: .strictAccessTime),
        "relatime": Change(clear: .accessTimeMask), "norelatime": Change(),
        "nodiratime": Change(set: .noDirectoryAccessTime), "diratime": Change(clear: .noDirectoryAccessTime),
        "nosymfollow": Change(set: .noSymlinkFollow), "symfollow": Change(clear: .noSymlinkFollow),
        "defaults": Change(),
    ]

    /// MS_* of mount(2) that belong to the superblock, by their names for fsconfig(2).
    private static let superblockSwitches: Set = ["sync", "async", "dirsync", "mand", "nomand", "lazytime", "nolazytime", "acl", "noacl"]

    /// Words without effect: the mount API tells its caller what it has to say, not the console, and file systems that count versions do so always.
    private static let empty: Set = ["", "silent", "loud", "iversion", "noiversion"]

    /// Sorts the options of `mounts[index]`.
    init(_ options: [String]) {
        for option in options {
            if let change = Self.changes[option] {
                apply(change, &set, &clear)
            } else if option.first == "r", option != "rdefaults", let change = Self.changes[String(option.dropFirst())] {
                apply(change, &recursiveSet, &recursiveClear)
            } else if let propagation = Propagation(option: option) {
                propagations.append(propagation)
            } else {
                apply(option)
            }
        }
    }

    private mutating func apply(_ option: String) {
        switch option {
        case "bind", "rbind":
            isBind = true
            isRecursiveBind = isRecursiveBind || option == "rbind"
        case "remount": isRemount = true
        case "tmpcopyup": copiesUp = true
        case "idmap": idMap = .mount
        case "ridmap": idMap = .tree
        case _ where Self.superblockSwitches.contains(option): superblock.append(option)
        case _ where Self.empty.contains(option): break
        default: data.append(option.split(separator: ",", omittingEmptySubsequences: false).joined(separator: "\\,"))
        }
    }

    private func apply(_ change: Change, _ set: inout MountAttributes, _ clear: inout MountAttributes) {
        set.subtract(change.clear.union(change.forget))
        clear = clear.subtracting(change.set).union(change.clear)
        set.formUnion(change.set)
    }
}
