public import LinuxSystem

extension Monitor {
    /// The monitor's program, which lies beside our own or in PREFIX/libexec/apus.
    public static func program() throws(ApusError) -> String {
        let own = try readLink("/proc/self/exe")
        let directory = own.lastIndex(of: "/").map { String(own[..<$0]) } ?? ""
        let places = ["\(directory)/apus-monitor", "\(directory)/../libexec/apus/apus-monitor"]
        for place in places where fileExists(place) { return place }
        throw ApusError(.notFound, "cannot find apus-monitor at \(places.joined(separator: " or "))", hint: "build it with make, or install Apus anew")
    }
}
