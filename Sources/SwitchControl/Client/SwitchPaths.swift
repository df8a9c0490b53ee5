public import LinuxSystem

/// Where the switch of an instance keeps its things.
public struct SwitchPaths: Sendable, Equatable {
    /// The instance.
    public let instance: Instance

    /// The switch of an instance.
    public init(_ instance: Instance) { self.instance = instance }

    /// The control socket.
    public var socket: String { "\(instance.runDirectory)/switchd.sock" }
    /// Held by the daemon while it runs.
    public var lock: String { "\(instance.runDirectory)/switchd.lock" }
    /// Held by the client that starts a daemon.
    public var startLock: String { "\(instance.runDirectory)/switchd.start" }
    /// What a daemon says that a client has started.
    public var log: String { "\(instance.runDirectory)/switchd.log" }
    /// The directory of the configuration.
    public var directory: String { "\(instance.root)/switch" }
    /// The configuration.
    public var database: String { "\(directory)/switch.db" }

    /// The daemon's program, which lies beside our own or in PREFIX/libexec/apus.
    public static func program() throws(ApusError) -> String {
        let own = try readLink("/proc/self/exe")
        let directory = own.lastIndex(of: "/").map { String(own[..<$0]) } ?? ""
        let places = ["\(directory)/apus-switchd", "\(directory)/../libexec/apus/apus-switchd"]
        for place in places where fileExists(place) { return place }
        throw ApusError(.notFound, "cannot find apus-switchd at \(places.joined(separator: " or "))", hint: "build it with make, or install Apus anew")
    }
}
