extension Spec {
    /// What in this configuration breaks the specification: one sentence a problem, each naming its field; empty for a good one.
    ///
    /// Only the text is looked at: no file is opened and nothing is asked of the host.
    public func validate() -> [String] {
        var check = Validator()
        check.require(
            isSupportedVersion(ociVersion), "ociVersion", "be 1.0.0 or later and below 2, as MAJOR.MINOR.PATCH, got \(quoted(ociVersion))")
        process?.validate("process", &check)
        check.require(root != nil, "root", "be there")
        check.require(root?.path.isEmpty != true, "root.path", "not be empty")
        check.requireText(root?.path, "root.path")
        for (index, mount) in (mounts ?? []).enumerated() { mount.validate("mounts[\(index)]", &check) }
        hooks?.validate(&check)
        validateNames(&check)
        linux?.validate(&check)
        return check.problems
    }

    private func validateNames(_ check: inout Validator) {
        let types = (linux?.namespaces ?? []).map(\.type)
        for (name, field) in [(hostname, "hostname"), (domainname, "domainname")] {
            guard let name, !name.isEmpty else { continue }
            check.require(types.contains("uts"), field, "come with a uts namespace in linux.namespaces")
            check.require(name.utf8.count <= 64, field, "be at most 64 bytes, got \(quoted(name))")
            check.requireText(name, field)
        }
    }
}

/// 1.0.0 and everything later below 2; pre-releases and builds (`1.0.2-dev`, `1.2.1+dev`) too, as every runtime accepts them.
private func isSupportedVersion(_ text: String) -> Bool {
    let core = text.prefix { $0 != "-" && $0 != "+" }
    let numbers = core.split(separator: ".", omittingEmptySubsequences: false)
    let suffix = text.dropFirst(core.count)
    return numbers.count == 3 && numbers[0] == "1" && numbers.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(isDigit) } && suffix.count != 1
        && suffix.utf8.allSatisfy { isDigit($0) || isLetter($0) || [UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "+")].contains($0) }
}

private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
private func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) }

extension Mount {
    func validate(_ field: String, _ check: inout Validator) {
        // A relative destination is deprecated, but starts at "/" (config.md, "Mounts").
        check.require(!destination.isEmpty, "\(field).destination", "not be empty")
        check.requireText(destination, "\(field).destination")
        check.requireText(source, "\(field).source")
        check.requireText(type, "\(field).type")
        for (index, option) in (options ?? []).enumerated() { check.requireText(option, "\(field).options[\(index)]") }
        check.require(
            (uidMappings ?? []).isEmpty == (gidMappings ?? []).isEmpty, "\(field)", "have both uidMappings and gidMappings or neither")
    }
}

extension Hooks {
    func validate(_ check: inout Validator) {
        let points = [
            ("prestart", prestart), ("createRuntime", createRuntime), ("createContainer", createContainer), ("startContainer", startContainer),
            ("poststart", poststart), ("poststop", poststop),
        ]
        for (point, hooks) in points {
            for (index, hook) in (hooks ?? []).enumerated() {
                let field = "hooks.\(point)[\(index)]"
                check.requireAbsolute(hook.path, "\(field).path")
                check.require(hook.timeout, in: 1...Int64.max, "\(field).timeout")
                for text in (hook.args ?? []) + (hook.env ?? []) { check.requireText(text, "\(field).args and env") }
            }
        }
    }
}
