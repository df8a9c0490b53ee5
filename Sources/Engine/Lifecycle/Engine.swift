import ContainerRuntime
import Glibc
public import ImageStore
import LinuxSystem

/// The engine of one instance: containers as users know them.
public struct Engine: Sendable {
    /// Where things lie.
    public let paths: EnginePaths
    /// The containers.
    public let containers: ContainerStore
    /// The images.
    public let images: ImageStore

    /// Opens an instance; nothing is read or made.
    public init(root: String) {
        paths = EnginePaths(root: root)
        containers = ContainerStore(paths: paths)
        images = ImageStore(root: paths.root)
    }

    /// The built seccomp filters.
    var seccompCache: SeccompCache { SeccompCache(directory: "\(paths.cache)/seccomp") }
}
