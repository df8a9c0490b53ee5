import ContainerRuntime
import LinuxSystem
import OCISpec

extension Bundle {
    /// The numbers of a user namespace whose root is 100000 on the host.
    static let mapping = [LinuxIDMapping(containerID: 0, hostID: 100_000, size: 65536)]

    /// What a shell script prints in a container with these mounts after the usual ones.
    func inside(
        _ script: String, _ mounts: [Mount] = [], context: PlanContext = PlanContext(), userNamespace: Bool = false, change: (inout Spec) -> Void = { _ in }
    ) throws -> String {
        var spec = spec(["/bin/busybox", "sh", "-c", "alias grep='busybox grep'; alias awk='busybox awk'; set -e; " + script])
        spec.mounts? += mounts
        let files = ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER"]
        spec.process?.capabilities = LinuxCapabilities(bounding: files, effective: files, permitted: files)
        if userNamespace {
            spec.linux?.namespaces?.append(LinuxNamespace(type: "user"))
            spec.linux?.uidMappings = Self.mapping
            spec.linux?.gidMappings = Self.mapping
        }
        change(&spec)
        let outcome = try run(spec, context)
        if outcome.code != 0 || !outcome.errorOutput.isEmpty { throw ApusError(.system, "\(outcome)") }
        return outcome.output
    }

    /// The error of a container that must not start.
    func refusal(_ mounts: [Mount], context: PlanContext = PlanContext(), change: (inout Spec) -> Void = { _ in }) -> String {
        do {
            return "it ran: " + (try inside("echo ran", mounts, context: context, change: change))
        } catch {
            return "\(error)"
        }
    }

    /// Runs a script on the host in the bundle's directory.
    func prepare(_ script: String) throws {
        let outcome = try Running(["/bin/sh", "-ec", "cd '\(directory)'; " + script], input: .empty, environment: ["PATH": "/usr/bin:/bin:/usr/sbin:/sbin"])
            .wait()
        if outcome.code != 0 { throw ApusError(.system, "\(outcome)") }
    }
}

/// A line of mountinfo as `attributes [propagation] - type source superblock`.
func mountLine(_ path: String) -> String { "awk '$5 == \"\(path)\" { $1 = $2 = $3 = $4 = $5 = \"\"; print }' /proc/self/mountinfo | busybox sed 's/^ *//'" }
