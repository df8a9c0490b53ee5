import Cgroups
import CommandLine
import ContainerRuntime
import Engine
import ImageStore
import LinuxSystem

import enum Engine.ContainerStatus

/// `apus info`: the instance and its host.
enum Info {
    static let format = Flag.string("format", short: "f", help: "Format output using a custom template: 'json' or 'TEMPLATE' (Go templates)")

    static let command = Command(
        "info", abstract: "Display system-wide information", flags: [format],
        action: { parsed in
            let engine = Globals.engine(parsed)
            let counts = Counts(
                containers: try engine.containers.views().map(\.state.status), images: Set(try engine.images.list().map(\.id)).count)
            let host = try HostFacts.read()
            guard let format = parsed[format], !format.isEmpty else {
                output(text(engine.paths, counts, host))
                for warning in host.cgroups.warnings { notice("WARNING: \(warning)") }
                return 0
            }
            output(try inspectionLine(value(engine.paths, counts, host), format: format))
            return 0
        })

    /// How many things the instance has.
    struct Counts {
        var containers: [ContainerStatus]
        var images: Int

        func count(_ statuses: ContainerStatus...) -> Int { containers.count { statuses.contains($0) } }
    }

    static func text(_ paths: EnginePaths, _ counts: Counts, _ host: HostFacts) -> String {
        """
        Containers: \(counts.containers.count)
         Running: \(counts.count(.running))
         Paused: \(counts.count(.paused))
         Stopped: \(counts.count(.created, .exited))
        Images: \(counts.images)
        Version: \(ApusVersion.number)
        Instance: \(paths.instance)
        Root Dir: \(paths.root)
        Run Dir: \(paths.run)
        Storage Driver: overlay
        Logging Driver: cri
        Cgroups: \(host.cgroups.summary)
        Cgroup Parent: \(paths.cgroupName)
        Security Options:
         seccomp\(host.hasSeccomp ? "\n  Profile: builtin" : ": not in this kernel")
        Kernel Version: \(host.kernel)
        Operating System: \(host.system)
        OSType: linux
        Architecture: \(host.machine)
        CPUs: \(host.processors)
        Total Memory: \(bytesSize(Double(host.memory)))
        Name: \(host.name)

        """
    }

    /// Under Docker's names where it has the same thing.
    static func value(_ paths: EnginePaths, _ counts: Counts, _ host: HostFacts) -> Value {
        .object([
            ("ID", .string(paths.instance)),
            ("Containers", .int(counts.containers.count)),
            ("ContainersRunning", .int(counts.count(.running))),
            ("ContainersPaused", .int(counts.count(.paused))),
            ("ContainersStopped", .int(counts.count(.created, .exited))),
            ("Images", .int(counts.images)),
            ("Driver", "overlay"),
            ("LoggingDriver", "cri"),
            ("CgroupDriver", "cgroupfs"),
            ("CgroupVersion", .string(host.cgroups.layout == .unified ? "2" : "1")),
            ("Cgroups", .string(host.cgroups.summary)),
            ("CgroupParent", .string(paths.cgroupName)),
            ("MemoryLimit", .bool(host.cgroups.has(.memory))),
            ("SwapLimit", .bool(host.cgroups.limitsSwap)),
            ("CpuCfsQuota", .bool(host.cgroups.has(.cpu))),
            ("CPUShares", .bool(host.cgroups.has(.cpu))),
            ("CPUSet", .bool(host.cgroups.has(.cpuset))),
            ("PidsLimit", .bool(host.cgroups.has(.pids))),
            ("KernelVersion", .string(host.kernel)),
            ("OperatingSystem", .string(host.system)),
            ("OSType", "linux"),
            ("Architecture", .string(host.machine)),
            ("NCPU", .int(host.processors)),
            ("MemTotal", .int(Int(clamping: host.memory))),
            ("RootDir", .string(paths.root)),
            ("RunDir", .string(paths.run)),
            ("Name", .string(host.name)),
            ("ServerVersion", .string(ApusVersion.number)),
            ("SecurityOptions", .strings(host.hasSeccomp ? ["name=seccomp,profile=builtin"] : [])),
            ("Warnings", .strings(host.cgroups.warnings.map { "WARNING: \($0)" })),
        ])
    }
}
