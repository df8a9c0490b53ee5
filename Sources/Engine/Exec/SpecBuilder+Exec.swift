import ContainerRuntime
import LinuxSystem
import OCISpec

extension SpecBuilder {
    /// Prepares for a program that joins a container: the container's settings, with those of the request in their place.
    init(_ request: ExecRequest, in record: ContainerRecord, paths: EnginePaths) throws(ApusError) {
        var record = record
        record.settings.entrypoint = []
        record.settings.command = request.arguments
        record.settings.env = Self.merged(record.settings.env, request.env)
        record.settings.user = request.user ?? record.settings.user
        record.settings.workingDirectory = request.workingDirectory ?? record.settings.workingDirectory
        record.settings.tty = request.tty
        try self.init(record, paths: paths)
    }

    /// The specification of the program alone: the world around it is there already.
    func execSpecification(accounts: AccountDatabase, privileged: Bool) throws(ApusError) -> Spec {
        let user = try ContainerUser(settings.user, addedGroups: settings.groupAdd, accounts: accounts)
        let capabilities = privileged ? try CapabilitySet.own() : try self.capabilities()
        var spec = Spec(ociVersion: "1.3.0")
        spec.root = Root(path: "rootfs")
        spec.process = try process(user: user, capabilities: capabilities)
        return spec
    }

    /// The namespaces that the container does not share with the host.
    var ownNamespaces: NamespaceKinds {
        let types = Set(namespaces().map(\.type))
        return NamespaceKinds.byName.filter { types.contains($0.name) }.reduce(into: []) { $0.insert($1.kind) }
    }
}
