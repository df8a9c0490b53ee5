public import LinuxSystem

extension LaunchPlan {
    /// The sentence for a step that failed: what could not be done, the field that asked for it, and the errno.
    ///
    /// - Parameter step: the index in `steps`, or `Int(UInt32.max)` for the clone itself.
    public func failure(step index: Int, errno: Int32) -> ApusError {
        guard steps.indices.contains(index) else {
            let hint = errno == 28 ? "a namespace limit below /proc/sys/user is reached" : nil  // ENOSPC, clone(2)
            return ApusError(
                errno: errno, "cannot make the container process with namespaces \(namespaces.union(inherited).names.joined(separator: ", "))", hint: hint)
        }
        let step = steps[index]
        switch step.action {
        case .exec where errno == 2 && final.contains { $0.action == .findProgram }: return Self.interpreterFailure(arguments.first ?? "")
        case .exec, .findProgram: return Self.execFailure(arguments.first ?? "", errno)
        case .workingDirectory(let path, _) where errno == 2:
            return ApusError(.invalidArgument, "cannot change to working directory \(path) (\(step.field))", errno: errno)
        case .write(let path, _) where errno == 18, .mask(let path) where errno == 18, .readOnly(let path) where errno == 18:  // EXDEV
            return ApusError(
                .permissionDenied, "cannot \(step.action.sentence) (\(step.field)): \(path) is not the kernel's own file",
                hint: "a mount or the image put something in its place")
        case .mount(let type, _, let target, _, _, _, _, _) where errno == 40:  // ELOOP
            return ApusError(
                .permissionDenied, "cannot \(step.action.sentence) (\(step.field)): \(target) is a symbolic link in the image",
                hint: "\(type) must be mounted on ordinary directory")
        case .attach(_, let target, let flags) where errno == 18 && flags.contains(.fromProc):  // EXDEV
            return PlanCompiler.refusal(of: target, field: step.field)
        case .attach(_, let target, _) where errno == 18, .mount(_, _, let target, _, _, _, _, _) where errno == 18:
            return ApusError(.permissionDenied, "cannot \(step.action.sentence) (\(step.field)): \(target) is a link into /proc")
        case .mount(let type, _, _, let options, _, _, _, let idMap) where errno == 22:  // EINVAL
            let what = idMap == nil ? "its options (\(options))" : "its options or an id mapping"
            return ApusError(errno: errno, "cannot \(step.action.sentence) (\(step.field))", hint: "\(type) may not take \(what)")
        case .remount(let target, _, _, _) where errno == 22:
            return ApusError(errno: errno, "cannot \(step.action.sentence) (\(step.field))", hint: "is something mounted at \(target)?")
        case .attach where errno == 22 || errno == 20:  // EINVAL, ENOTDIR: move_mount(2)
            let hint = "a directory goes on a directory, and a file on a file"
            return ApusError(errno: errno, "cannot \(step.action.sentence) (\(step.field))", hint: hint)
        default:
            return ApusError(errno: errno, "cannot \(step.action.sentence) (\(step.field))", hint: step.action.hint(errno: errno))
        }
    }

    /// A program that was found but cannot be run for what is missing: what its `#!` line names, or its dynamic linker.
    static func interpreterFailure(_ name: String) -> ApusError { ApusError(.cannotExecute, "cannot run \"\(name)\"", errno: 2) }

    /// Why a program cannot be run.
    static func execFailure(_ name: String, _ errno: Int32) -> ApusError {
        let isPath = name.contains("/")
        switch errno {
        case 2 where !isPath:  // ENOENT
            return ApusError(.commandNotFound, "cannot run \"\(name)\": executable file not found in $PATH")
        case 2, 20:  // ENOENT, ENOTDIR
            return ApusError(.commandNotFound, "cannot run \"\(name)\"", errno: errno)
        case 8:  // ENOEXEC
            return ApusError(
                .cannotExecute, "cannot run \"\(name)\"", errno: errno,
                hint: "is it a program for this machine, or a script without a #! line?")
        default:
            return ApusError(.cannotExecute, "cannot run \"\(name)\"", errno: errno)
        }
    }
}
