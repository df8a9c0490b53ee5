import Glibc
import LinuxSystem

/// What Apus does to the cgroup file systems; the kernel's in life, one in memory in tests.
///
/// Errors carry the errno of the call: callers decide by it and write the sentence for the user.
protocol CgroupTree: Sendable {
    /// Makes one directory (mkdir(2)).
    func makeDirectory(_ path: String) throws(ApusError)
    /// Removes one directory (rmdir(2)).
    func removeDirectory(_ path: String) throws(ApusError)
    /// Writes values to a file of a cgroup, each by one write(2).
    func write(_ values: [String], to path: String) throws(ApusError)
    /// The content of a file of a cgroup, without the last line feed.
    func read(_ path: String) throws(ApusError) -> String
    /// The paths of the cgroups directly below one; empty where it is gone.
    func children(of path: String) throws(ApusError) -> [String]
    /// The sizes of huge pages that this machine has, as files of the controller name them: `2MB`.
    func pageSizes() -> [String]
    /// Loads a device program and binds it to a v2 cgroup in the place of the one that is there.
    func attachDeviceProgram(_ instructions: [UInt64], to path: String) throws(ApusError)
}

extension CgroupTree {
    func write(_ value: String, to path: String) throws(ApusError) { try write([value], to: path) }
}

/// The file systems of the kernel.
struct KernelCgroupTree: CgroupTree {

    func makeDirectory(_ path: String) throws(ApusError) {
        try systemCall("cannot make cgroup \(path)") { unsafe mkdir(path, 0o755) }
    }

    func removeDirectory(_ path: String) throws(ApusError) {
        try systemCall("cannot remove cgroup \(path)") { unsafe rmdir(path) }
    }

    func write(_ values: [String], to path: String) throws(ApusError) {
        let fd = try openFile(path, O_WRONLY)
        for value in values { try writeAll(fd.raw, Array(value.utf8), name: path) }
    }

    func read(_ path: String) throws(ApusError) -> String {
        try readText(path)
    }

    func children(of path: String) throws(ApusError) -> [String] {
        var status = stat()
        // A directory of a cgroup has one link a child and two of its own: the common case needs no listing.
        if unsafe stat(path, &status) != 0 || status.st_nlink == 2 { return [] }
        var found = [String]()
        for name in try listDirectory(path) {
            let child = "\(path)/\(name)"
            if unsafe lstat(child, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { found.append(child) }
        }
        return found
    }

    func pageSizes() -> [String] {
        // `hugepages-2048kB`
        let sizes = ((try? listDirectory("/sys/kernel/mm/hugepages")) ?? []).compactMap { name in
            UInt64(name.drop { $0 != "-" }.dropFirst().prefix { $0.isNumber })
        }
        return sizes.sorted().map { $0 >= 1 << 20 ? "\($0 >> 20)GB" : $0 >= 1 << 10 ? "\($0 >> 10)MB" : "\($0)KB" }
    }

    func attachDeviceProgram(_ instructions: [UInt64], to path: String) throws(ApusError) {
        let directory = try openDirectory(path)
        try LinuxSystem.attachDeviceProgram(instructions, to: directory, name: path)
    }
}
