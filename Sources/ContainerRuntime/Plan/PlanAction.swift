/// What one step of a launch plan does.
///
/// The C interpreter in `monitor/` has one function for each (apus_launch_plan.h).
public enum PlanAction: Sendable, Equatable {
    /// Joins the namespaces of `kinds` behind a namespace file or a pidfd (setns(2)).
    case setNamespace(slot: Int, kinds: NamespaceKinds)
    /// Makes a time namespace with these offsets (time_namespaces(7)).
    case timeOffsets(String)
    /// Moves the process into a v1 cgroup by its open `tasks` file.
    case enterCgroup(slot: Int, controller: String)
    /// Waits for the user namespace's id maps and becomes its root.
    case mapIDs
    /// Makes namespaces that must not be made by the clone (unshare(2)).
    case unshare(NamespaceKinds)
    /// Leads a new session (setsid(2)).
    case newSession
    /// Sets the propagation of a mount (mount(2)).
    case propagation(path: String, Propagation)
    /// Makes a detached mount the root; no path leads to the host's tree any more (pivot_root(2)).
    case enterRoot(slot: Int)
    /// Puts a copy of the root over the host's tree while that must stay.
    case coverHost(slot: Int)
    /// Unmounts the host's tree (umount2(2)).
    case leaveHost
    /// Mounts a new file system; `idMap` is the slot of a user namespace.
    case mount(
        type: String, source: String?, target: String, options: String, attributes: MountAttributes, flags: MountTarget, propagation: Propagation?, idMap: Int?)
    /// Attaches a detached mount that the parent opened (a volume, a device).
    case attach(slot: Int, target: String, flags: MountTarget)
    /// Makes a directory and the missing ones above it.
    case directory(path: String, mode: UInt32, uid: UInt32, gid: UInt32)
    /// Makes a symbolic link; what is there stays unless `replaces` is set.
    case symlink(target: String, path: String, replaces: Bool)
    /// Makes a device node or FIFO; `mode` has the type's bits (mknod(2)).
    case node(path: String, mode: UInt32, major: UInt32, minor: UInt32, uid: UInt32, gid: UInt32)
    /// Opens a pseudo-terminal in the container; with `bind` it also becomes /dev/console, and `isPlain` leaves line ends as they are (ONLCR).
    case console(bind: Bool, isPlain: Bool)
    /// Puts stdin, stdout and stderr in place.
    case stdio(uid: UInt32, gid: UInt32)
    /// Sets the host name.
    case hostname(String)
    /// Sets the NIS domain name.
    case domainname(String)
    /// Sets the network namespace's `lo` up.
    case loopback
    /// Writes a file below /proc.
    case write(path: String, value: String)
    /// Covers a path with /dev/null or an empty directory.
    case mask(String)
    /// Makes a path read-only, without mounts below it.
    case readOnly(String)
    /// Makes a mount read-only, without those below it.
    case setReadOnly(String)
    /// Sets a resource limit (setrlimit(2)).
    case resourceLimit(type: String, number: Int32, soft: UInt64, hard: UInt64)
    /// Joins a new session keyring (keyctl(2)).
    case keyring(name: String)
    /// Sets the file mode creation mask.
    case umask(UInt32)
    /// Execs give no privileges any more (prctl(2), PR_SET_NO_NEW_PRIVS).
    case noNewPrivileges
    /// Loads a filter of system calls (seccomp(2)).
    case seccomp(SeccompProgram)
    /// Keeps only these capabilities in the bounding set.
    case bounding(UInt64)
    /// Sets the supplementary groups.
    case groups([UInt32])
    /// Sets user and group, keeping capabilities.
    case ids(uid: UInt32, gid: UInt32)
    /// Sets the process's capabilities.
    case capabilities(effective: UInt64, permitted: UInt64, inheritable: UInt64, ambient: UInt64)
    /// Changes the working directory, which must lie inside the root.
    case workingDirectory(String, isFirstTry: Bool)
    /// The signal that the monitor's death sends (prctl(2), PR_SET_PDEATHSIG).
    case deathSignal(Int32)
    /// Runs the program.
    case exec
    /// Looks whether the out-of-memory killer struck, in memory.events or memory.oom_control.
    case outOfMemory(path: String)
    /// Writes the exit record into the directory behind `slot`.
    case recordExit(slot: Int, name: String)
    /// Removes a cgroup and those below it, and the one above if nothing else is in that.
    case removeCgroup(String, withEmptyParent: Bool)
    /// Binds what an earlier mount shows in the container; `source` of the mount is a path there, `idMap` a slot.
    case bindInside(BindMount, idMap: Int?, target: String, flags: MountTarget)
    /// Removes a directory and all below it.
    case removeTree(String)
    /// Removes a symbolic link while it leads to `target`.
    case removeLink(path: String, target: String)
    /// Removes the symbolic links that a file in the directory behind `slot` lists, each while it leads to `target`.
    case releaseLinks(slot: Int, file: String, target: String)
    /// Sends what a file in the directory behind `slot` holds to the socket behind another slot, if the file is there.
    case sendFile(slot: Int, file: String, socket: Int)
    /// Waits until the caller has done what is to be done at this point.
    case sync(SyncPoint)
    /// Waits for `start` at a listening socket.
    case waitStart(slot: Int)
    /// Gives the program descriptors of the caller as its 3 and up.
    case preserve(slot: Int, count: Int)
    /// Attaches the root at its path in the bundle and enters it; the host's tree stays (chroot(2)).
    case enterBundleRoot(slot: Int, path: String)
    /// Leaves the host's tree behind, by pivot_root(2) or by moving the root over it.
    case leaveBundleRoot(slot: Int, pivots: Bool)
    /// Looks whether the program is there.
    case findProgram
    /// Gives the program's exec a label of a security module, through the host's /proc.
    case securityLabel(SecurityModule, String)
    /// Sets scheduling policy and parameters (sched_setattr(2)).
    case scheduler(SchedulingAttributes)
    /// Sets class and level of disk access (ioprio_set(2)).
    case ioPriority(IOPriority)
    /// Binds the process to processors; nil for every one that its cgroup has (sched_setaffinity(2)).
    case affinity(NumberSet?)
    /// Sets the execution domain (personality(2)).
    case personality(name: String, number: UInt32)
    /// Sets where memory is taken from (set_mempolicy(2)).
    case memoryPolicy(MemoryPolicy)
    /// Raises a hard limit that is lower, while the rights of the first user namespace are there (setrlimit(2)).
    case raiseLimit(type: String, number: Int32, hard: UInt64)
    /// Changes the mount at `target`: its attributes, and the options of its file system unless they are nil (fspick(2)).
    case remount(target: String, options: String?, set: MountAttributes, clear: MountAttributes)
}

/// Moments at which the container's process waits for the caller.
public enum SyncPoint: UInt32, Sendable {
    /// Its namespaces are there, nothing else is.
    case namespaces = 1
    /// Its world is built and the host's tree is still in sight: prestart, createRuntime and createContainer hooks.
    case created = 2
    /// It would become the program now: startContainer hooks.
    case starting = 3
}

/// One step with the field of the specification that asked for it, for people.
public struct PlanStep: Sendable, Equatable {
    /// What to do.
    public let action: PlanAction
    /// For example `mounts[3]` or `process.capabilities`.
    public let field: String

    /// Makes a step.
    public init(_ action: PlanAction, from field: String) {
        self.action = action
        self.field = field
    }
}
