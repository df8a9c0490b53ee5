extension PlanAction {
    /// The step as an infinitive, for `--explain` ("mount proc on /proc") and for failures ("cannot mount proc on /proc").
    public var sentence: String {
        switch self {
        case .setNamespace(_, let kinds): "join namespace \(kinds.names.joined(separator: ", "))"
        case .timeOffsets(let lines): "make a time namespace with offsets \(lines.split(separator: "\n").joined(separator: ", "))"
        case .enterCgroup(_, let controller): "enter cgroup v1 \(controller)"
        case .mapIDs: "become root of the user namespace"
        case .unshare(let kinds): "make namespace \(kinds.names.joined(separator: ", "))"
        case .newSession: "lead a new session"
        case .propagation(let path, let propagation): "make \(path) \(propagation.name)"
        case .enterRoot: "enter the root filesystem"
        case .coverHost: "cover the host's tree"
        case .leaveHost: "unmount the host's tree"
        case .mount(let type, _, let target, let options, let attributes, _, _, _):
            "mount \(type) on \(target)" + parenthesised(attributes.names + (options.isEmpty ? [] : [options]))
        case .bindInside(let bind, _, let target, _): "bind \(bind.source) of the container at \(target)"
        case .attach(_, let target, _): "attach a mount of the host at \(target)"
        case .directory(let path, _, _, _): "make directory \(path)"
        case .symlink(let target, let path, _): "link \(path) to \(target)"
        case .node(let path, let mode, let major, let minor, _, _):
            "make \(mode & 0o170000 == 0o060000 ? "block" : mode & 0o170000 == 0o010000 ? "FIFO" : "character") device \(path) \(major):\(minor)"
        case .console(let bind, _): bind ? "open a terminal as /dev/console" : "open a terminal"
        case .stdio(let uid, let gid): "put stdio in place for \(uid):\(gid)"
        case .hostname(let name): "set host name \(name)"
        case .domainname(let name): "set domain name \(name)"
        case .loopback: "set lo up"
        case .write(let path, let value): "write \(value) to \(path)"
        case .mask(let path): "mask \(path)"
        case .readOnly(let path): "make \(path) read-only"
        case .setReadOnly(let path): path == "/" ? "make the root filesystem read-only" : "make the mount at \(path) read-only"
        case .resourceLimit(let type, _, let soft, let hard): "limit \(type) to \(limitText(soft)):\(limitText(hard))"
        case .keyring(let name): "join session keyring \(name)"
        case .umask(let mask): "set umask \(octal(mask))"
        case .noNewPrivileges: "give no new privileges at exec"
        case .seccomp(let program): "load a seccomp filter of \(program.count) instructions"
        case .bounding(let mask): "bound capabilities to \(CapabilitySet(mask: mask).text)"
        case .groups(let groups): "set groups \(groups.isEmpty ? "none" : groups.map { "\($0)" }.joined(separator: ","))"
        case .ids(let uid, let gid): "become user \(uid):\(gid)"
        case .capabilities(let effective, _, _, let ambient):
            "set capabilities \(CapabilitySet(mask: effective).text)" + (ambient == 0 ? "" : ", ambient \(CapabilitySet(mask: ambient).text)")
        case .workingDirectory(let path, _): "change to directory \(path)"
        case .deathSignal(let signal): "die with the monitor by signal \(signal)"
        case .exec: "run the program"
        case .outOfMemory(let path): "read the out-of-memory count in \(path)"
        case .recordExit: "record the exit"
        case .removeCgroup(let path, let withEmptyParent): "remove cgroup \(path)\(withEmptyParent ? ", and the one above if it is empty" : "")"
        case .removeTree(let path): "remove \(path) and all below"
        case .removeLink(let path, _): "remove link \(path)"
        case .releaseLinks: "give back addresses and names on networks"
        case .sendFile: "take back published ports"
        case .sync(let point): "wait for the runtime (\(point))"
        case .waitStart: "wait for start"
        case .preserve(_, let count): "keep \(count) descriptors open"
        case .enterBundleRoot(_, let path): "enter the root filesystem at \(path)"
        case .leaveBundleRoot(_, let pivots): pivots ? "leave the host's tree" : "move the root filesystem over the host's"
        case .findProgram: "find the program"
        case .securityLabel(let module, let label): "run the program under \(module.rawValue) label \(label)"
        case .scheduler(let attributes): "schedule as \(attributes.text)"
        case .ioPriority(let priority): "set I/O priority \(priority.text)"
        case .affinity(let set): set.map { "bind to processors \($0.list)" } ?? "allow every processor of the cgroup"
        case .personality(let name, _): "set personality \(name)"
        case .memoryPolicy(let policy): "set memory policy \(policy.text)"
        case .raiseLimit(let type, _, let hard): "raise the hard limit of \(type) to \(limitText(hard))"
        case .remount(let target, let options, let set, _): "change the mount at \(target)" + parenthesised(set.names + (options.map { [$0] } ?? []))
        }
    }
}

private func parenthesised(_ words: [String]) -> String {
    words.isEmpty ? "" : " (\(words.joined(separator: ",")))"
}

private func limitText(_ value: UInt64) -> String { value == .max ? "unlimited" : "\(value)" }

private func octal(_ value: UInt32) -> String {
    let digits = String(value, radix: 8)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
}

extension CapabilitySet {
    /// `all`, `none`, or the names without CAP_.
    fileprivate var text: String {
        if mask == 0 { return "none" }
        let names = ociNames.map { $0.dropFirst(4).lowercased() }
        return names.count == CapabilitySet.lastKnown + 1 ? "all" : names.joined(separator: ",")
    }
}

extension Propagation {
    /// The option's name, for example `rprivate`.
    var name: String {
        let names: [UInt64: String] = [1 << 17: "unbindable", 1 << 18: "private", 1 << 19: "slave", 1 << 20: "shared"]
        return (isRecursive ? "r" : "") + (names[type] ?? "")
    }
}

extension MountAttributes {
    /// The options' names.
    var names: [String] {
        let known: [(MountAttributes, String)] = [
            (.readOnly, "ro"), (.noSUID, "nosuid"), (.noDevices, "nodev"), (.noExec, "noexec"), (.noAccessTime, "noatime"),
            (.strictAccessTime, "strictatime"), (.noDirectoryAccessTime, "nodiratime"), (.noSymlinkFollow, "nosymfollow"),
        ]
        return known.filter { contains($0.0) }.map(\.1)
    }
}
