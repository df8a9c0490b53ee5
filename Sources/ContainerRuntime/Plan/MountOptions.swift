import LinuxSystem

/// The options of one mount of the specification, sorted into what the kernel takes as attributes, as propagation and as data.
struct MountOptions: Equatable {
    var set: MountAttributes = []
    var clear: MountAttributes = []
    /// Attributes for the whole tree (`rro`, `rnosuid`, …); they need a bind mount.
    var recursiveSet: MountAttributes = []
    var recursiveClear: MountAttributes = []
    var propagation: Propagation?
    var isBind = false
    var isRecursiveBind = false
    /// What is left: the file system's own options, with commas inside values escaped.
    var data: [String] = []

    private struct Change {
        var set: MountAttributes = []
        var clear: MountAttributes = []
    }

    private static let changes: [String: Change] = [
        "ro": Change(set: .readOnly), "rw": Change(clear: .readOnly),
        "nosuid": Change(set: .noSUID), "suid": Change(clear: .noSUID),
        "nodev": Change(set: .noDevices), "dev": Change(clear: .noDevices),
        "noexec": Change(set: .noExec), "exec": Change(clear: .noExec),
        "noatime": Change(set: .noAccessTime, clear: .accessTimeMask), "atime": Change(clear: .accessTimeMask),
        "strictatime": Change(set: .strictAccessTime, clear: .accessTimeMask), "nostrictatime": Change(clear: .accessTimeMask),
        "relatime": Change(clear: .accessTimeMask), "norelatime": Change(clear: .accessTimeMask),
        "nodiratime": Change(set: .noDirectoryAccessTime), "diratime": Change(clear: .noDirectoryAccessTime),
        "nosymfollow": Change(set: .noSymlinkFollow), "symfollow": Change(clear: .noSymlinkFollow),
        "defaults": Change(),
    ]

    /// Flags of mount(2) that belong to the superblock and travel as data.
    static let superblock: [String: String] = [
        "sync": "sync", "async": "async", "dirsync": "dirsync", "mand": "mand", "nomand": "nomand", "lazytime": "lazytime", "nolazytime": "nolazytime",
    ]

    /// Sorts the options of `mounts[index]`.
    ///
    /// - Throws: `ApusError` naming an option that Apus does not have.
    init(_ options: [String], field: String) throws(ApusError) {
        for option in options {
            if let change = Self.changes[option] {
                apply(change, recursive: false)
            } else if option.first == "r", let change = Self.changes[String(option.dropFirst())], option != "relatime" {
                apply(change, recursive: true)
            } else if let propagation = Propagation(option: option) {
                self.propagation = propagation
            } else if option == "bind" || option == "rbind" {
                isBind = true
                isRecursiveBind = isRecursiveBind || option == "rbind"
            } else if ["tmpcopyup", "idmap", "ridmap", "copy-symlink"].contains(option) {
                throw ApusError(.notSupported, "\(field).options: \(option) is not supported yet")
            } else if let name = Self.superblock[option] {
                data.append(name)
            } else if !option.isEmpty {
                data.append(option.split(separator: ",", omittingEmptySubsequences: false).joined(separator: "\\,"))
            }
        }
    }

    private mutating func apply(_ change: Change, recursive: Bool) {
        if recursive {
            recursiveSet.subtract(change.clear)
            recursiveClear = recursiveClear.subtracting(change.set).union(change.clear)
            recursiveSet.formUnion(change.set)
        } else {
            set.subtract(change.clear)
            clear = clear.subtracting(change.set).union(change.clear)
            set.formUnion(change.set)
        }
    }
}
