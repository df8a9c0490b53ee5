import LinuxSystem
import OCISpec
import Testing

@testable import Cgroups

@Suite struct CgroupsPathTests {
    /// A path that is known to be right.
    static func path(_ text: String?) -> CgroupsPath {
        do { return try CgroupsPath(text, id: "id") } catch { preconditionFailure("\(error)") }
    }

    @Test(
        arguments: [
            (nil, "", "id", false), ("", "", "id", false), ("/a/b/c", "/a/b", "c", true), ("/c", "/", "c", true), ("c", "", "c", true),
            ("a/b", "a", "b", true), ("/../a/./b/../c//", "/a", "c", true), ("../../c", "", "c", true),
            ("system.slice:docker:1", "", "system.slice:docker:1", true),
            ("/kubepods.slice/pod.slice/x.scope", "/kubepods.slice/pod.slice", "x.scope", true), ("/a.slice/b", "/a.slice", "b", true),
        ] as [(String?, String, String, Bool)]) func forms(_ text: String?, above: String, name: String, isExplicit: Bool) throws
    {
        let path = try CgroupsPath(text, id: "id")
        #expect(path.placement == (above.hasPrefix("/") ? .absolute(above) : .own(above)))
        #expect(path.name == name && path.isExplicit == isExplicit)
        let (host, tree) = Fake.unified(own: "/own")
        let cgroup = try Cgroup.create(path, resources: nil, on: host, tree: tree)
        #expect(cgroup.record.unified == (["/c"] + above.split(separator: "/").map(String.init) + [name]).joined(separator: "/"))
        #expect(try roundTrip(cgroup.record) == cgroup.record)
    }

    @Test(arguments: ["/", "/..", ".", "a/..", "a\nb", "/x\r\ny/z"]) func refused(_ text: String) {
        let error = #expect(throws: ApusError.self) { try CgroupsPath(text, id: "id") }
        #expect(error?.message.hasPrefix("cannot use linux.cgroupsPath \"\(text)\": ") == true)
    }

    @Test func cgroupsOfExec() throws {
        let (host, tree) = Fake.hybrid(named: true)
        let cgroup = try Cgroup.create(Self.path("/box"), resources: nil, on: host, tree: tree)
        func paths(_ arguments: String...) throws -> (String?, [String]) {
            let paths = try cgroup.entrancePaths(of: nil, below: SubCgroups(arguments))
            return (paths.unified, paths.legacy)
        }
        let all = try paths("sub/")
        #expect(all.0 == "/c/unified/box/sub" && all.1.allSatisfy { $0.hasSuffix("/box/sub") } && all.1.contains("/c/systemd/box/sub"))
        let some = try paths("cpu,memory:/a", "pids:b")
        #expect(some.0 == "/c/unified/box")
        #expect(some.1.contains("/c/cpu/box/a") && some.1.contains("/c/memory/box/a") && some.1.contains("/c/pids/box/b") && some.1.contains("/c/cpuset/box"))
        for (arguments, sentence) in [
            (["a", "cpu:b"], "invalid --cgroup argument: a (missing <controller>: prefix)"), (["a:b:c"], "invalid --cgroup argument: a:b:c"),
            (["../x"], "invalid --cgroup argument: ../x is not a sub cgroup path"),
            ([":x"], "invalid --cgroup argument: :x (empty controller name)"),
            (["rdma:x"], "unknown controller \"rdma\": the container has no such hierarchy, and cannot enter /x there"),
        ] {
            #expect(throws: ApusError(.invalidArgument, sentence)) { _ = try cgroup.entrancePaths(of: nil, below: SubCgroups(arguments)) }
        }
    }

    @Test func whatLiesBelowTheContainersCgroup() {
        for (directory, path, below) in [
            ("/sys/fs/cgroup/box", "/box/init.scope", "/init.scope"), ("/sys/fs/cgroup/box", "/box", ""), ("/c/box/box", "/box/box/box", "/box"),
            ("/c/box", "/docker/abc/box/x", "/x"), ("/c/box", "/other", ""), ("/c/a/box", "/../box/x", "/x"),
        ] {
            #expect(pathBelow(directory, in: path) == below)
        }
    }
}
