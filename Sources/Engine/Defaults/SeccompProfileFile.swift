import ContainerRuntime
import FoundationEssentials
public import LinuxSystem
public import OCISpec

/// A seccomp profile in Docker's JSON format, as `--security-opt seccomp=FILE` names it.
///
/// It is config.json's format with conditions: rules that hold for some capabilities, architectures or kernels only.
public struct SeccompProfileFile: Sendable {
    private let content: Content
    private let name: String

    /// Reads the bytes of a profile; `name` is how errors call it.
    ///
    /// - Throws: `ApusError` naming the place in the JSON that is wrong.
    public init(_ bytes: [UInt8], name: String) throws(ApusError) {
        self.name = name
        do {
            content = try JSONDecoder().decode(Content.self, from: Data(bytes))
        } catch let error as DecodingError {
            throw ApusError(.malformed, "cannot read seccomp profile \(name): \(SeccompProfileFile.sentence(error))")
        } catch {
            throw ApusError(.malformed, "cannot read seccomp profile \(name): it is no JSON")
        }
        if content.architectures?.isEmpty == false && content.archMap?.isEmpty == false {
            throw wrong("'architectures' and 'archMap' were specified, use either of them")
        }
    }

    /// The profile for a container; nil where the file turns the filter off, having neither a default action nor a rule.
    public func profile(for target: SeccompTarget) throws(ApusError) -> LinuxSeccomp? {
        let rules = content.syscalls ?? []
        let defaultAction = content.defaultAction ?? ""
        if defaultAction.isEmpty && rules.isEmpty { return nil }
        var result = LinuxSeccomp(
            defaultAction: defaultAction, defaultErrnoRet: content.defaultErrnoRet, architectures: architectures(for: target), flags: content.flags,
            listenerPath: content.listenerPath, listenerMetadata: content.listenerMetadata, syscalls: [])
        for (index, rule) in rules.enumerated() {
            let place = "syscalls[\(index)]"
            guard try holds(rule.includes, for: target, place: place), try !excludes(rule.excludes, for: target, place: place) else { continue }
            let (name, names) = (rule.name ?? "", rule.names ?? [])
            guard name.isEmpty || names.isEmpty else { throw wrong("\(place): 'name' and 'names' were specified, use either of them") }
            guard !name.isEmpty || !names.isEmpty else { throw wrong("\(place) names no system call") }
            result.syscalls?.append(LinuxSyscall(names: name.isEmpty ? names : [name], action: rule.action, errnoRet: rule.errnoRet, args: rule.args))
        }
        return result
    }

    private func architectures(for target: SeccompTarget) -> [String]? {
        guard let map = content.archMap, !map.isEmpty else { return content.architectures }
        let native = SeccompProfileFile.libseccompNames[target.architecture]
        guard let entry = map.first(where: { $0.architecture == native }) else { return nil }
        return [entry.architecture] + (entry.subArchitectures ?? [])
    }

    /// Whether every capability, one architecture and the kernel are there.
    private func holds(_ filter: Filter?, for target: SeccompTarget, place: String) throws(ApusError) -> Bool {
        guard let filter else { return true }
        if let arches = filter.arches, !arches.isEmpty, !arches.contains(where: { matches($0, target) }) { return false }
        for capability in filter.caps ?? [] where !has(capability, target) { return false }
        guard let least = try kernel(filter, place) else { return true }
        return (target.kernel ?? .running) >= least
    }

    /// Whether one of the capabilities, the architecture or the kernel is there.
    private func excludes(_ filter: Filter?, for target: SeccompTarget, place: String) throws(ApusError) -> Bool {
        guard let filter else { return false }
        if (filter.arches ?? []).contains(where: { matches($0, target) }) { return true }
        if (filter.caps ?? []).contains(where: { has($0, target) }) { return true }
        guard let least = try kernel(filter, place) else { return false }
        return (target.kernel ?? .running) >= least
    }

    private func has(_ name: String, _ target: SeccompTarget) -> Bool {
        Capability(ociName: name).map(target.capabilities.contains) ?? false
    }

    /// Profiles say x86 where images say 386.
    private func matches(_ architecture: String, _ target: SeccompTarget) -> Bool {
        architecture == (target.architecture == "386" ? "x86" : target.architecture)
    }

    private func kernel(_ filter: Filter, _ place: String) throws(ApusError) -> SeccompTarget.KernelVersion? {
        guard let text = filter.minKernel, !text.isEmpty else { return nil }
        guard let version = SeccompTarget.KernelVersion(text) else { throw wrong("\(place): minKernel \"\(text)\" is no kernel version such as 4.8") }
        return version
    }

    private func wrong(_ what: String) -> ApusError { ApusError(.malformed, "cannot use seccomp profile \(name): \(what)") }

    private static let libseccompNames = [
        "386": "SCMP_ARCH_X86", "amd64": "SCMP_ARCH_X86_64", "arm": "SCMP_ARCH_ARM", "arm64": "SCMP_ARCH_AARCH64",
        "ppc64le": "SCMP_ARCH_PPC64LE", "riscv64": "SCMP_ARCH_RISCV64", "s390x": "SCMP_ARCH_S390X",
    ]
}
