import Cgroups
import CommandLine
import ContainerRuntime
import Glibc
import JSONCoding
import LinuxSystem
import OCISpec

/// `apus-runtime spec`.
enum ShowSpec {
    static let bundle = Flag.string("bundle", short: "b", completing: .directory, help: "Path to the root of the bundle directory")
    static let rootless = Flag.bool("rootless", help: "Generate a configuration for a rootless container")

    static let command = Command(
        "spec", abstract: "Create a new specification file", flags: [bundle, rootless],
        action: { parsed in
            let path = (RuntimeFlags.text(parsed, bundle).map { $0 + "/" } ?? "") + "config.json"
            guard !fileExists(path) else { throw ApusError(.conflict, "File \(path) exists. Remove it first") }
            var spec = Spec.example(cgroupNamespace: try CgroupHost.detect().layout == .unified)
            if parsed[rootless] { spec = spec.rootless(uid: geteuid(), gid: getegid()) }
            try replaceFile(path, with: try writeJSON(spec, indent: "\t") + [10], mode: 0o666)
            return 0
        })
}

/// `apus-runtime features`.
enum ShowFeatures {
    static let command = Command(
        "features", abstract: "Show the enabled features",
        action: { _ in
            output(String(decoding: try writeJSON(Features.ofThisRuntime, indent: "  "), as: UTF8.self))
            return 0
        })
}
