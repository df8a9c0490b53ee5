public import ContainerRuntime
public import LinuxSystem
public import OCISpec

/// Turns what the user asked for into a complete OCI specification, with Docker's defaults.
public struct SpecBuilder {
    let record: ContainerRecord
    let settings: ContainerSettings
    let security: SecurityOptions
    let paths: EnginePaths

    /// Prepares for one container.
    ///
    /// - Throws: `ApusError` for a security option that Apus does not have.
    public init(_ record: ContainerRecord, paths: EnginePaths) throws(ApusError) {
        self.record = record
        self.settings = record.settings
        self.paths = paths
        security = try SecurityOptions(record.settings.securityOptions)
    }

    /// The specification, for a root filesystem that is mounted already (its accounts decide who `user` is).
    ///
    /// - Parameters:
    ///   - withSeccomp: whether the 400 names of the seccomp profile are wanted; a start takes the built filter by `seccompProgram` instead.
    ///   - networkPath: the network namespace that is joined, with `--network container:ID`.
    /// - Throws: `ApusError` naming the setting that is wrong.
    public func specification(accounts: AccountDatabase, withSeccomp: Bool = true, networkPath: String? = nil) throws(ApusError) -> Spec {
        let user = try ContainerUser(settings.user, addedGroups: settings.groupAdd, accounts: accounts)
        let capabilities = try self.capabilities()
        var spec = Spec(ociVersion: "1.3.0")
        spec.root = Root(path: "rootfs", readonly: settings.readOnly ? true : nil)
        spec.hostname = settings.network == "host" && settings.hostname == nil ? nil : record.hostname
        spec.domainname = settings.domainname
        spec.process = try process(user: user, capabilities: capabilities)
        spec.mounts = try mounts()
        var linux = Linux()
        linux.namespaces = namespaces(networkPath: networkPath)
        linux.cgroupsPath = settings.cgroupParent.map { "\($0)/\(record.id)" } ?? "\(paths.cgroupName)/\(record.id)"
        linux.sysctl = settings.sysctls.isEmpty ? nil : settings.sysctls
        linux.resources = try resources()
        linux.devices = try devices()
        if !settings.privileged && !security.unconfinedSystemPaths {
            linux.maskedPaths = DefaultSpec.maskedPaths
            linux.readonlyPaths = DefaultSpec.readonlyPaths
        }
        if withSeccomp { linux.seccomp = try seccomp(for: capabilities) }
        spec.linux = linux
        return spec
    }

    /// The capabilities that the program may have.
    ///
    /// `--privileged` and `--cap-add ALL` mean all that Apus itself has, as in Docker.
    ///
    /// - Throws: `ApusError` for a capability that Linux, this kernel or Apus itself has not.
    public func capabilities() throws(ApusError) -> CapabilitySet {
        if settings.capAdd.isEmpty && settings.capDrop.isEmpty && !settings.privileged { return DefaultSpec.capabilities }
        let own = try CapabilitySet.own()
        if settings.privileged { return own }
        let wanted = try DefaultSpec.capabilities.adding(settings.capAdd, dropping: settings.capDrop, last: try CapabilitySet.lastOfKernel())
        for capability in settings.capAdd.compactMap({ Capability(typed: $0) }) where !own.contains(capability) {
            throw ApusError(.permissionDenied, "cannot add \(capability): apus itself does not have it")
        }
        return CapabilitySet(mask: wanted.mask & own.mask)
    }

    func process(user: ContainerUser, capabilities: CapabilitySet) throws(ApusError) -> Process {
        guard !record.arguments.isEmpty else {
            throw ApusError(.invalidArgument, "no command specified", hint: "the image \(record.imageName) names none: give one after it")
        }
        var process = Process(
            user: User(uid: user.uid, gid: user.gid, additionalGids: user.additionalGids), args: record.arguments,
            env: environment(home: user.home), cwd: settings.workingDirectory)
        process.terminal = settings.tty ? true : nil
        // A user who is not root gets no capability by exec, only the set it may grow into through files (Docker does the same).
        var sets = DefaultSpec.processCapabilities(capabilities)
        if user.uid != 0 {
            sets.effective = []
            sets.permitted = []
        }
        process.capabilities = sets
        process.rlimits = settings.ulimits.isEmpty ? nil : settings.ulimits
        process.noNewPrivileges = security.noNewPrivileges ? true : nil
        process.oomScoreAdj = settings.oomScoreAdj
        return process
    }

    /// The settings' environment after Docker's own variables, each name once.
    func environment(home: String) -> [String] {
        var defaults = ["PATH=\(DefaultSpec.path)", "HOSTNAME=\(record.hostname)"]
        if settings.tty { defaults.append("TERM=xterm") }
        var result = Self.merged(defaults, settings.env)
        if !result.contains(where: { $0.hasPrefix("HOME=") }) { result.append("HOME=\(home)") }
        return result
    }

    /// Later values replace earlier ones of the same name, in their place.
    public static func merged(_ first: [String], _ second: [String]) -> [String] {
        var result = first
        for entry in second {
            let name = entry.prefix { $0 != "=" }
            if let index = result.firstIndex(where: { $0.prefix { $0 != "=" } == name }) { result[index] = entry } else { result.append(entry) }
        }
        return result
    }

    func namespaces(networkPath: String? = nil) -> [LinuxNamespace] {
        var types = ["mount", "uts", "pid", "ipc", "cgroup"]
        if settings.network == "host" {
            if settings.hostname == nil { types.removeAll { $0 == "uts" } }
        } else {
            types.append("network")
        }
        return types.map { LinuxNamespace(type: $0, path: $0 == "network" ? networkPath : nil) }
    }

    /// The built filter of `linux.seccomp`, from the cache where it is there; nil where nothing is filtered.
    public func seccompProgram(cache: SeccompCache) throws(ApusError) -> SeccompProgram? {
        let capabilities = try self.capabilities()
        if security.seccomp == .standard && !settings.privileged { return try DefaultSeccomp.program(for: capabilities, cache: cache) }
        return try seccomp(for: capabilities).map { profile throws(ApusError) in try cache.program(for: profile) }
    }

    private func seccomp(for capabilities: CapabilitySet) throws(ApusError) -> LinuxSeccomp? {
        if settings.privileged { return nil }
        let target = SeccompTarget(capabilities: capabilities)
        switch security.seccomp {
        case .unconfined: return nil
        case .standard: return DefaultSeccomp.profile(for: target)
        case .profile(let text): return try SeccompProfileFile(Array(text.utf8), name: "of --security-opt").profile(for: target)
        }
    }
}
