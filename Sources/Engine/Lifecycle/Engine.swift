import ContainerRuntime
import Glibc
public import ImageStore
public import LinuxSystem

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

    /// The program `apus-monitor`: beside this program, or where `make install` puts it.
    ///
    /// - Throws: `ApusError` naming both places.
    public static func monitorProgram() throws(ApusError) -> String {
        let own = try readLink("/proc/self/exe")
        let directory = own.lastIndex(of: "/").map { String(own[..<$0]) } ?? ""
        let places = ["\(directory)/apus-monitor", "\(directory)/../libexec/apus/apus-monitor"]
        for place in places where fileExists(place) { return place }
        throw ApusError(.notFound, "cannot find apus-monitor at \(places.joined(separator: " or "))", hint: "build it with make, or install Apus anew")
    }
}
