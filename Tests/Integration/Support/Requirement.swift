import Glibc
import LinuxSystem
import Testing

/// What a test needs of the host.
///
/// A test that can run in one place of `make test` only is named in Tests/may-skip.
struct Requirement {
    let holds: Bool
    let reason: String

    /// Every controller on cgroup v2, as in the virtual machine.
    static var cgroup2: Requirement { Requirement(holds: fileExists("/sys/fs/cgroup/cgroup.controllers"), reason: "the host's cgroups are not v2") }

    /// Controllers bound to cgroup v1, as on a hybrid host.
    static var cgroup1: Requirement { Requirement(holds: fileExists("/sys/fs/cgroup/memory/tasks"), reason: "the host's cgroups are not v1") }

    /// A file of the host.
    static func file(_ path: String) -> Requirement { Requirement(holds: fileExists(path), reason: "there is no \(path)") }
}

extension Trait where Self == ConditionTrait {
    /// Skips the test, with a reason, where the host lacks something.
    static func requires(_ requirement: Requirement) -> Self { .enabled(if: requirement.holds, "\(requirement.reason)") }
}

/// Whether programs run about ten times slower than usual: the virtual machine emulates its processors.
let isSlow = Apus.temporary == "/scratch"

/// A number of rounds: fewer where programs run slowly.
func rounds(_ usual: Int, slow: Int) -> Int { isSlow ? slow : usual }
