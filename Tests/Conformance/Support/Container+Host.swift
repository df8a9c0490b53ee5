import Glibc
import LinuxSystem
import Testing

/// The container as the host sees it: its cgroups, namespaces, and what is left of it.
extension Container {
    /// The directory of the running container's cgroup in a v1 controller's hierarchy, or in the unified one (nil).
    func cgroup(_ controller: String? = nil) throws -> String {
        let lines = try readText("/proc/\(pid())/cgroup").split(separator: "\n").map {
            $0.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        }
        let line = try #require(lines.first { fields in controller.map { fields[1].split(separator: ",").contains(Substring($0)) } ?? (fields[0] == "0") })
        let base = controller.map { "/sys/fs/cgroup/\($0)" } ?? (fileExists("/sys/fs/cgroup/cgroup.controllers") ? "/sys/fs/cgroup" : "/sys/fs/cgroup/unified")
        return base + (line[2] == "/" ? "" : String(line[2]))
    }

    /// The text of a file of the running container's cgroup, without the line feed.
    func limit(_ file: String, _ controller: String? = nil) throws -> String {
        try readText("\(cgroup(controller))/\(file)")
    }

    /// The running container's namespace of a kind, as /proc names it.
    func namespace(_ name: String) throws -> String { try readLink("/proc/\(pid())/ns/\(name)") }

    /// Everything of the case that is still on the host, in words.
    func leftovers() -> [String] {
        for _ in 0..<40 where !processes().isEmpty { usleep(50_000) }  // what was killed may be ending
        return processes().map { "process \($0)" } + mounts().map { "mount \($0)" } + cgroups().map { "cgroup \($0)" }
    }

    /// Removes what a runtime left.
    func removeLeftovers() {
        for process in processes() { kill(process, SIGKILL) }
        _ = eventually(seconds: 5) { processes().isEmpty }
        for point in mounts().reversed() { _ = unsafe umount2(point, Int32(MNT_DETACH)) }
        for directory in cgroups() { _ = try? host("find", directory, "-depth", "-type", "d", "-exec", "rmdir", "{}", ";") }
    }

    private func processes() -> [pid_t] {
        ((try? listDirectory("/proc")) ?? []).compactMap { pid_t($0) }.filter { pid in
            guard let groups = try? readText("/proc/\(pid)/cgroup"), groups.contains(id), let status = try? readText("/proc/\(pid)/status") else {
                return false
            }
            return !status.contains("State:\tZ") && !status.contains("State:\tX")
        }
    }

    private func mounts() -> [String] {
        ((try? readText("/proc/self/mountinfo")) ?? "").split(separator: "\n").filter { $0.contains(id) }.map { String($0.split(separator: " ")[4]) }
    }

    /// Cgroups that bear the case's name: beside or below our own, or at the top of a hierarchy.
    private func cgroups() -> [String] {
        let own = ((try? readText("/proc/self/cgroup")) ?? "").split(separator: "\n").map {
            String($0.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)[2])
        }
        let tops = ((try? readText("/proc/self/mountinfo")) ?? "").split(separator: "\n").filter { $0.contains(" - cgroup") }
        var found: Set<String> = []
        for top in tops.map({ String($0.split(separator: " ")[4]) }) {
            for path in Set(own + ["/"]) {
                var directory = path == "/" ? top : top + path
                while directory.count >= top.count {
                    for name in (try? listDirectory(directory)) ?? [] where name.contains(id) { found.insert("\(directory)/\(name)") }
                    directory = String(directory[..<(directory.lastIndex(of: "/") ?? directory.startIndex)])
                }
            }
        }
        return found.sorted()
    }
}
