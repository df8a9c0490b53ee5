import CShim

extension PlanAction {
    /// The action as the interpreter's kind, numbers and strings, in the order that apus_launch_plan.h gives for the kind.
    var operands: (kind: apus_step_kind, numbers: [UInt64], strings: [String?]) {
        switch self {
        case .setNamespace(let slot, let kinds): (APUS_STEP_SET_NAMESPACE, [UInt64(slot), kinds.rawValue], [])
        case .timeOffsets(let lines): (APUS_STEP_TIME_OFFSETS, [], [lines])
        case .enterCgroup(let slot, _): (APUS_STEP_ENTER_CGROUP, [UInt64(slot)], [])
        case .mapIDs: (APUS_STEP_MAP_IDS, [], [])
        case .unshare(let kinds): (APUS_STEP_UNSHARE, [kinds.rawValue], [])
        case .newSession: (APUS_STEP_NEW_SESSION, [], [])
        case .propagation(let path, let propagation): (APUS_STEP_PROPAGATION, [propagation.type | (propagation.isRecursive ? 1 << 14 : 0)], [path])
        case .enterRoot(let slot): (APUS_STEP_ENTER_ROOT, [UInt64(slot)], [])
        case .coverHost(let slot): (APUS_STEP_COVER_HOST, [UInt64(slot)], [])
        case .leaveHost: (APUS_STEP_LEAVE_HOST, [], [])
        case .mount(let type, let source, let target, let options, let attributes, let flags, let propagation, let idMap):
            (
                APUS_STEP_MOUNT, [attributes.rawValue, flags.rawValue, propagation?.type ?? 0, idMap.map { UInt64($0) + 1 } ?? 0],
                [type, source, target, options.isEmpty ? nil : options]
            )
        case .bindInside(let bind, let idMap, let target, let flags):
            (
                APUS_STEP_BIND_INSIDE,
                [
                    flags.rawValue | (bind.isRecursive ? 1 << 32 : 0) | (bind.idMapIsRecursive ? 1 << 33 : 0), bind.set.rawValue | bind.clear.rawValue << 32,
                    bind.recursiveSet.rawValue | bind.recursiveClear.rawValue << 32, idMap.map { UInt64($0) + 1 } ?? 0,
                ], [bind.source, target]
            )
        case .attach(let slot, let target, let flags): (APUS_STEP_ATTACH, [UInt64(slot), flags.rawValue], [target])
        case .directory(let path, let mode, let uid, let gid): (APUS_STEP_DIRECTORY, [UInt64(mode), UInt64(uid), UInt64(gid)], [path])
        case .symlink(let target, let path, let replaces): (APUS_STEP_SYMLINK, [replaces ? 1 : 0], [target, path])
        case .node(let path, let mode, let major, let minor, let uid, let gid):
            (APUS_STEP_NODE, [UInt64(mode), UInt64(major) << 32 | UInt64(minor), UInt64(uid) << 32 | UInt64(gid)], [path])
        case .console(let bind, let isPlain): (APUS_STEP_CONSOLE, [bind ? 1 : 0, isPlain ? 1 : 0], [])
        case .stdio(let uid, let gid): (APUS_STEP_STDIO, [UInt64(uid), UInt64(gid)], [])
        case .hostname(let name): (APUS_STEP_HOSTNAME, [], [name])
        case .domainname(let name): (APUS_STEP_DOMAINNAME, [], [name])
        case .loopback: (APUS_STEP_LOOPBACK, [], [])
        case .write(let path, let value): (APUS_STEP_WRITE, [], [path, value])
        case .mask(let path): (APUS_STEP_MASK, [], [path])
        case .readOnly(let path): (APUS_STEP_READ_ONLY, [], [path])
        case .setReadOnly(let path): (APUS_STEP_SET_READ_ONLY, [], [path])
        case .resourceLimit(_, let number, let soft, let hard): (APUS_STEP_RESOURCE_LIMIT, [UInt64(number), soft, hard], [])
        case .keyring(let name): (APUS_STEP_KEYRING, [], [name])
        case .umask(let mask): (APUS_STEP_UMASK, [UInt64(mask)], [])
        case .noNewPrivileges: (APUS_STEP_NO_NEW_PRIVILEGES, [], [])
        case .seccomp(let program): (APUS_STEP_SECCOMP, [UInt64(program.instructions.count / 8), UInt64(program.flags)], [])
        case .bounding(let mask): (APUS_STEP_BOUNDING, [mask], [])
        case .groups(let groups): (APUS_STEP_GROUPS, [UInt64(groups.count)], [])
        case .ids(let uid, let gid): (APUS_STEP_IDS, [UInt64(uid), UInt64(gid)], [])
        case .capabilities(let effective, let permitted, let inheritable, let ambient):
            (APUS_STEP_CAPABILITIES, [effective, permitted, inheritable, ambient], [])
        case .workingDirectory(let path, let isFirstTry): (APUS_STEP_DIRECTORY_CHANGE, [isFirstTry ? 1 : 0], [path])
        case .deathSignal(let signal): (APUS_STEP_DEATH_SIGNAL, [UInt64(signal)], [])
        case .exec: (APUS_STEP_EXEC, [], [])
        case .outOfMemory(let path): (APUS_STEP_OUT_OF_MEMORY, [], [path])
        case .recordExit(let slot, let name): (APUS_STEP_RECORD_EXIT, [UInt64(slot)], [name])
        case .removeCgroup(let path, let withEmptyParent): (APUS_STEP_REMOVE_CGROUP, [withEmptyParent ? 1 : 0], [path])
        case .removeTree(let path): (APUS_STEP_REMOVE_TREE, [], [path])
        case .removeLink(let path, let target): (APUS_STEP_REMOVE_LINK, [], [path, target])
        case .releaseLinks(let slot, let file, let target): (APUS_STEP_RELEASE_LINKS, [UInt64(slot)], [file, target])
        case .sendFile(let slot, let file, let socket): (APUS_STEP_SEND_FILE, [UInt64(slot), UInt64(socket)], [file])
        case .sync(let point): (APUS_STEP_SYNC, [UInt64(point.rawValue)], [])
        case .waitStart(let slot): (APUS_STEP_WAIT_START, [UInt64(slot)], [])
        case .preserve(let slot, let count): (APUS_STEP_PRESERVE, [UInt64(slot), UInt64(count)], [])
        case .enterBundleRoot(let slot, let path): (APUS_STEP_ENTER_BUNDLE_ROOT, [UInt64(slot)], [path])
        case .leaveBundleRoot(let slot, let pivots): (APUS_STEP_LEAVE_BUNDLE_ROOT, [UInt64(slot), pivots ? 0 : 1], [])
        case .findProgram: (APUS_STEP_FIND_PROGRAM, [], [])
        case .securityLabel(let module, let label):
            (APUS_STEP_SECURITY_LABEL, [], [module.execLabel(label).path, module.execLabel(label).text])
        case .scheduler: (APUS_STEP_SCHEDULER, [], [])
        case .ioPriority(let priority): (APUS_STEP_IO_PRIORITY, [UInt64(priority.value)], [])
        case .affinity(let set): (APUS_STEP_AFFINITY, [UInt64(set?.mask.count ?? 0)], [])
        case .personality(_, let number): (APUS_STEP_PERSONALITY, [UInt64(number)], [])
        case .memoryPolicy(let policy): (APUS_STEP_MEMORY_POLICY, [UInt64(policy.mode), UInt64(policy.nodes.count)], [])
        case .raiseLimit(_, let number, let hard): (APUS_STEP_RAISE_LIMIT, [UInt64(number), hard], [])
        case .remount(let target, let options, let set, let clear): (APUS_STEP_REMOUNT, [set.rawValue, clear.rawValue], [target, options])
        }
    }
}
