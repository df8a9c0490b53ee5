import Glibc
import LinuxSystem
import Testing

/// What a case needs of the host beyond any Linux; Tests/may-skip names the cases that run in one place of `make test` only.
struct Requirement {
    let holds: Bool
    let reason: String

    /// A controller on cgroup v2, as in the virtual machine.
    static func v2(_ controller: String) -> Requirement {
        let controllers = (try? readText("/sys/fs/cgroup/cgroup.controllers"))?.split { " \n".contains($0) } ?? []
        return Requirement(holds: controllers.contains { $0 == controller }, reason: "no \(controller) controller on cgroup v2 here")
    }

    /// The unified hierarchy alone.
    static var unified: Requirement { file("/sys/fs/cgroup/cgroup.controllers", "cgroups are not v2 here") }

    /// A controller on cgroup v1, as on a hybrid host.
    static func v1(_ controller: String) -> Requirement { file("/sys/fs/cgroup/\(controller)/tasks", "no \(controller) controller on cgroup v1 here") }

    /// A file of the host.
    static func file(_ path: String, _ reason: String? = nil) -> Requirement {
        Requirement(holds: fileExists(path), reason: reason ?? "there is no \(path)")
    }

    /// A privilege of this process.
    static func capability(_ number: Int, _ name: String) -> Requirement {
        let line = (try? readText("/proc/self/status"))?.split(separator: "\n").first { $0.hasPrefix("CapEff:") } ?? ""
        let bits = UInt64(line.split(separator: "\t").last ?? "", radix: 16) ?? 0
        return Requirement(holds: bits >> UInt64(number) & 1 == 1, reason: "this process lacks \(name)")
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips the case, with a reason, where the host lacks something.
    static func requires(_ requirement: Requirement) -> Self { .enabled(if: requirement.holds, "\(requirement.reason)") }
}
