// swift-tools-version: 6.2
import PackageDescription

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")

let package = Package(
    name: "apus",
    products: [
        .executable(name: "apus", targets: ["apus"]), .executable(name: "apus-runtime", targets: ["apus-runtime"]),
        .executable(name: "apus-switchd", targets: ["apus-switchd"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0")
    ],
    // Dependencies point downwards only; `make check` builds with the import check that holds every target to this list.
    targets: [
        .executableTarget(name: "apus", dependencies: ["Commands"]),
        .executableTarget(name: "apus-runtime", dependencies: ["RuntimeCommands"]),
        .executableTarget(name: "apus-switchd", dependencies: ["SwitchDaemon"]),
        .target(name: "RuntimeCommands", dependencies: ["CommandLine", "JSONCoding", "ContainerRuntime", "Cgroups", "OCISpec", "LinuxSystem"]),
        .target(
            name: "Commands",
            dependencies: [
                "Engine", "Network", "CommandLine", "ImageStore", "ContainerRuntime", "Cgroups", "OCISpec", "SwitchControl", "PacketCore", "LinuxSystem",
                "CShim",
            ]),
        .target(name: "Engine", dependencies: ["Network", "Netlink", "ContainerRuntime", "ImageStore", "Cgroups", "OCISpec", "LinuxSystem", "CShim"]),
        .target(name: "ContainerRuntime", dependencies: ["Cgroups", "Netlink", "OCISpec", "LinuxSystem", "CShim", "CSeccomp", "JSONCoding"]),
        .target(name: "ImageStore", dependencies: ["OCISpec", "LinuxSystem", "CShim", "CCompression", crypto]),
        .target(name: "Cgroups", dependencies: ["OCISpec", "LinuxSystem"]),
        .target(name: "Netlink", dependencies: ["LinuxSystem", "CShim"]),
        .target(name: "Network", dependencies: ["Netlink", "SwitchControl", "PacketCore", "JSONCoding", "LinuxSystem", "CShim"]),
        .target(name: "NameServer", dependencies: ["Network", "LinuxSystem", "CShim"]),
        .target(name: "OCISpec"),
        .target(name: "LinuxSystem", dependencies: ["CShim"]),
        .target(name: "CommandLine"),
        .target(
            name: "SwitchDaemon",
            dependencies: [
                "SwitchCore", "SwitchControl", "SwitchDatapath", "NameServer", "PacketCore", "Netlink", "CommandLine", "LinuxSystem", "CShim", "CSQLite",
            ]),
        .target(name: "SwitchControl", dependencies: ["LinuxSystem", "CShim"]),
        .target(name: "SwitchCore", dependencies: ["PacketCore", "LinuxSystem"]),
        .target(name: "PacketCore", dependencies: ["CFlow", "LinuxSystem"]),
        .target(name: "CShim"),
        // The flow key, the same for Swift, C and BPF.
        .target(name: "CFlow"),
        // libbpf for the switch's datapaths; the programs in bpf/ are compiled by the Makefile.
        .target(
            name: "CSwitch", dependencies: ["CFlow"], exclude: ["bpf"],
            linkerSettings: [.linkedLibrary("bpf"), .linkedLibrary("elf"), .linkedLibrary("z")]),
        .target(name: "SwitchDatapath", dependencies: ["SwitchCore", "PacketCore", "LinuxSystem", "CFlow", "CSwitch"]),
        .systemLibrary(name: "CSeccomp"),
        .systemLibrary(name: "CCompression"),
        .systemLibrary(name: "CYajl"),
        .systemLibrary(name: "CSQLite"),
        .target(name: "JSONCoding", dependencies: ["LinuxSystem", "CYajl"]),
        // Random numbers for tests.
        .target(name: "SeededRandom", path: "Tests/SeededRandom"),
        .testTarget(name: "LinuxSystemTests", dependencies: ["LinuxSystem", "CShim"]),
        .testTarget(name: "NetlinkTests", dependencies: ["Netlink", "LinuxSystem"]),
        .testTarget(name: "NetworkTests", dependencies: ["Network", "Netlink", "PacketCore", "LinuxSystem"]),
        .testTarget(name: "NameServerTests", dependencies: ["NameServer", "Network", "PacketCore", "LinuxSystem"]),
        .testTarget(name: "OCISpecTests", dependencies: ["SeededRandom", "OCISpec", "JSONCoding", "LinuxSystem", "ConfigFuzz"]),
        .testTarget(name: "CommandLineTests", dependencies: ["SeededRandom", "CommandLine"]),
        .testTarget(name: "CgroupsTests", dependencies: ["SeededRandom", "Cgroups", "OCISpec", "LinuxSystem"]),
        .testTarget(name: "ImageStoreTests", dependencies: ["ImageStore", "OCISpec", "LinuxSystem", "CShim", "ImageFuzz", crypto]),
        .testTarget(
            name: "ContainerRuntimeTests", dependencies: ["ContainerRuntime", "Cgroups", "OCISpec", "LinuxSystem", "CShim", "JSONCoding", "ConfigFuzz"]),
        .testTarget(
            name: "CommandsTests",
            dependencies: ["Commands", "Network", "CommandLine", "Engine", "ImageStore", "Cgroups", "OCISpec", "SwitchControl", "LinuxSystem"]),
        .testTarget(
            name: "EngineTests", dependencies: ["SeededRandom", "Engine", "Network", "ContainerRuntime", "ImageStore", "Cgroups", "OCISpec", "LinuxSystem"]),
        .target(
            name: "ConfigFuzz", dependencies: ["SeededRandom", "ContainerRuntime", "Cgroups", "JSONCoding", "OCISpec", "LinuxSystem"], path: "Tests/ConfigFuzz"),
        .executableTarget(name: "apus-fuzz", dependencies: ["ConfigFuzz", "SwitchFuzz"], path: "Tests/Fuzz/generators"),
        .target(name: "ImageFuzz", dependencies: ["ImageStore", "OCISpec", "LinuxSystem", "CShim"], path: "Tests/ImageFuzz"),
        .testTarget(name: "JSONCodingTests", dependencies: ["JSONCoding", "LinuxSystem", "OCISpec"]),
        // Frames for the tests of all that handles packets.
        .target(name: "PacketFixtures", dependencies: ["PacketCore"], path: "Tests/PacketFixtures"),
        .testTarget(name: "PacketCoreTests", dependencies: ["PacketCore", "CFlow", "PacketFixtures"]),
        .target(name: "MallocCount", path: "Tests/MallocCount"),
        .executableTarget(
            name: "apus-switch-core-bench", dependencies: ["MallocCount", "SwitchCore", "PacketCore", "PacketFixtures"], path: "Tests/SwitchBench"),
        .target(name: "SwitchFuzz", dependencies: ["SwitchCore", "PacketCore", "PacketFixtures", "LinuxSystem"], path: "Tests/SwitchFuzz"),
        .testTarget(name: "SwitchCoreTests", dependencies: ["SwitchCore", "PacketCore", "LinuxSystem", "PacketFixtures", "SwitchFuzz"]),
        .testTarget(
            name: "Integration",
            dependencies: [
                "SeededRandom", "CShim", "Engine", "ContainerRuntime", "Cgroups", "Netlink", "SwitchControl", "OCISpec", "LinuxSystem", "JSONCoding",
            ]),
        .testTarget(
            name: "SwitchDatapathTests",
            dependencies: [
                "SwitchDatapath", "SwitchCore", "PacketCore", "PacketFixtures", "LinuxSystem", "CFlow", "CSwitch", "CNamespaces", "CShim", "SwitchFixtures",
            ]),
        .target(name: "CNamespaces", path: "Tests/CNamespaces"),
        .target(name: "SwitchFixtures", dependencies: ["SwitchCore", "PacketCore", "LinuxSystem"], path: "Tests/SwitchFixtures"),
        .executableTarget(
            name: "apus-switch-load",
            dependencies: ["SwitchDatapath", "SwitchFixtures", "SwitchCore", "PacketCore", "LinuxSystem", "CSwitch", "CAllocations"],
            path: "bench/switch-load",
            // Every allocation is counted.
            linkerSettings: [.unsafeFlags(["-Xlinker", "--wrap=malloc", "-Xlinker", "--wrap=calloc", "-Xlinker", "--wrap=realloc"])]),
        .target(name: "CAllocations", path: "bench/switch-allocations"),
        .testTarget(name: "SwitchControlTests", dependencies: ["SwitchControl", "LinuxSystem"]),
        .testTarget(name: "SwitchDaemonTests", dependencies: ["SwitchDaemon", "SwitchControl", "SwitchCore", "PacketCore", "PacketFixtures", "LinuxSystem"]),
        // Not the project's own model of config.json: what it forgets must not be forgotten by the cases too.
        .testTarget(name: "Conformance", dependencies: ["CShim", "LinuxSystem"]),
    ]
)

// It links only with libFuzzer, which scripts/fuzz asks for.
if Context.environment["APUS_FUZZ"] != nil {
    package.targets.append(.executableTarget(name: "apus-fuzz-images", dependencies: ["ImageFuzz"], path: "Tests/Fuzz/images"))
}

for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .strictMemorySafety(),
        .treatAllWarnings(as: .error),
    ]
    if ["CShim", "CSwitch"].contains(target.name) { target.cSettings = [.define("_GNU_SOURCE"), .unsafeFlags(["-Wall", "-Wextra", "-Werror"])] }
}
