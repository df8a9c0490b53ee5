import CommandLine
import ContainerRuntime
import LinuxSystem
import OCISpec

/// `apus-runtime state`.
enum ShowState {
    static let command = Command(
        "state", abstract: "Output the state of a container", positionals: "ID",
        action: { parsed in
            output(Value.object(of: try RuntimeFlags.container(parsed)).json(pretty: true))
            return 0
        })
}

extension Value {
    /// The state of a container with what runc adds to the specification's.
    static func object(of container: RuntimeContainer) -> Value {
        let status = container.status()
        let state = container.state(status)
        return .object(
            Value.Object([
                ("ociVersion", .string(state.ociVersion)), ("id", .string(state.id)), ("pid", .int(state.pid ?? 0)), ("status", .string(state.status)),
                ("bundle", .string(state.bundle)), ("rootfs", .string(container.rootfs)), ("created", .string(container.created)),
                ("annotations", .object(Value.Object((state.annotations ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))),
                ("owner", .string(ownerName(container.owner))),
            ]))
    }
}

/// The name of a user of the host, or the number where there is none.
func ownerName(_ uid: UInt32) -> String {
    guard let bytes = try? readFile("/etc/passwd") else { return "\(uid)" }
    return AccountDatabase(passwd: bytes).name(uid: uid) ?? "\(uid)"
}
