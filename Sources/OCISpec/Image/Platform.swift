/// The processor and system that an image was built for (image-spec, image-index.md), in Go's words.
public struct Platform: Sendable, Hashable, Codable, CustomStringConvertible {
    /// For example `amd64` or `arm64`.
    public var architecture: String
    /// For example `linux`.
    public var os: String
    /// The kind of processor, for example `v7`.
    public var variant: String?
    /// The version of the system; only Windows images have it.
    public var osVersion: String?
    /// Features of the system that the image needs.
    public var osFeatures: [String]?

    enum CodingKeys: String, CodingKey {
        case architecture, os, variant
        case osVersion = "os.version"
        case osFeatures = "os.features"
    }

    /// Makes a platform from its parts.
    public init(os: String, architecture: String, variant: String? = nil) {
        self.os = os
        self.architecture = architecture
        self.variant = variant
    }

    /// The platform that this program was built for.
    public static var host: Platform {
        #if arch(x86_64)
            Platform(os: "linux", architecture: "amd64")
        #elseif arch(arm64)
            Platform(os: "linux", architecture: "arm64", variant: "v8")
        #elseif arch(arm)
            Platform(os: "linux", architecture: "arm", variant: "v7")
        #elseif arch(riscv64)
            Platform(os: "linux", architecture: "riscv64")
        #elseif arch(powerpc64le)
            Platform(os: "linux", architecture: "ppc64le")
        #else
            Platform(os: "linux", architecture: "unknown")
        #endif
    }

    /// How well an image of this platform suits `wanted`: nil not at all, less is better.
    ///
    /// Another variant of the same architecture is taken only where there is no exact one: on arm64 the
    /// default `v8` is mostly left out.
    public func distance(to wanted: Platform) -> Int? {
        guard os == wanted.os, architecture == wanted.architecture else { return nil }
        return normalVariant == wanted.normalVariant ? 0 : 1
    }

    private var normalVariant: String? {
        architecture == "arm64" && variant == "v8" || architecture == "amd64" && variant == "v1" ? nil : variant
    }

    /// `linux/arm/v7`.
    public var description: String { "\(os)/\(architecture)" + (variant.map { "/\($0)" } ?? "") }
}
