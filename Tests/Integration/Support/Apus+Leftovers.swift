import Engine
import Glibc
import LinuxSystem
import Testing

/// What an instance has on the host. After its last container there must be nothing.
extension Apus {
    /// Removes every container, whatever state a test left it in, with its anonymous volumes.
    func removeContainers() {
        let ids = (try? listDirectory(paths.containers)) ?? []
        if ids.isEmpty { return }
        do {
            let outcome = try run(["rm", "-f", "-v"] + ids)
            #expect(outcome.code == 0, "\(outcome)")
        } catch { Issue.record(error) }
    }

    /// Everything that is still there, in words.
    func leftovers() -> [String] {
        filesLeft() + mountsLeft() + cgroupsLeft() + processesLeft() + descriptorsLeft() + linksLeft()
    }

    /// Removes the instance's empty run directory, which stays for its next container, and cgroups after a failure.
    func removeTraces() {
        _ = unsafe rmdir(paths.run)
        for directory in cgroups() { _ = unsafe rmdir(directory) }
    }

    private func filesLeft() -> [String] {
        var left: [String] = []
        for directory in [paths.containers, paths.names, paths.run, "\(paths.root)/tmp", "\(paths.root)/images/tmp", "\(scratch)/tmp"] {
            for name in (try? listDirectory(directory)) ?? [] { left.append("file \(directory)/\(name)") }
        }
        for directory in [paths.root, "\(paths.root)/images", "\(paths.root)/layers", paths.cache] {
            for name in (try? listDirectory(directory)) ?? [] where name.hasSuffix(".tmp") { left.append("file \(directory)/\(name)") }
        }
        return left
    }

    private func mountsLeft() -> [String] {
        lines("/proc/self/mountinfo").filter { $0.contains(scratch) || $0.contains(paths.cgroupName) }.map { "mount \($0)" }
    }

    /// The instance's cgroups, whose name it shares with no other, and those below.
    private func cgroupsLeft() -> [String] {
        cgroups().flatMap { parent in
            [parent] + ((try? listDirectory(parent)) ?? []).map { "\(parent)/\($0)" }.filter { (try? openDirectory($0)) != nil }
        }.map { "cgroup \($0)" }
    }

    /// The instance's own cgroups: beside ours or below ours, in each hierarchy.
    func cgroups() -> [String] {
        var result: [String] = []
        for line in lines("/proc/self/mountinfo") where line.contains(" - cgroup") {
            let fields = line.split(separator: " ").map(String.init)
            for own in lines("/proc/self/cgroup") {
                var path = own.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).last.map(String.init) ?? "/"
                while true {
                    let directory = "\(fields[4])\(path == "/" ? "" : path)/\(paths.cgroupName)"
                    if fileExists(directory) && !result.contains(directory) { result.append(directory) }
                    guard let slash = path.lastIndex(of: "/"), path != "/" else { break }
                    path = slash == path.startIndex ? "/" : String(path[..<slash])
                }
            }
        }
        return result
    }

    private func processesLeft() -> [String] {
        var left: [String] = []
        for name in (try? listDirectory("/proc")) ?? [] {
            guard let pid = Int32(name), pid != getpid(), let comm = try? readText("/proc/\(pid)/comm") else { continue }
            let isContainer = lines("/proc/\(pid)/cgroup").contains { $0.contains(paths.cgroupName) }
            let isOurs = comm.hasPrefix("apus") && descriptors(of: pid).contains { $0.contains(scratch) || $0.contains(paths.run) }
            guard isContainer || isOurs, let state = lines("/proc/\(pid)/status").first(where: { $0.hasPrefix("State:") }), !state.contains("Z") else {
                continue
            }
            left.append("process \(pid) \(comm)")
        }
        return left
    }

    private func descriptorsLeft() -> [String] {
        descriptors(of: getpid()).filter { $0.contains(scratch) }.map { "descriptor of the test to \($0)" }
    }

    private func linksLeft() -> [String] {
        ((try? listDirectory("/sys/class/net")) ?? []).filter { $0.contains(paths.instance.prefix(6)) }.map { "network link \($0)" }
    }

    private func descriptors(of pid: Int32) -> [String] {
        ((try? listDirectory("/proc/\(pid)/fd")) ?? []).compactMap { try? readLink("/proc/\(pid)/fd/\($0)") }
    }

    private func lines(_ path: String) -> [Substring] { ((try? readText(path)) ?? "").split(separator: "\n") }
}
