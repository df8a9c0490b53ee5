import LinuxSystem
import Testing

@testable import Engine

/// A container in a state.
private func view(_ name: String, _ status: ContainerStatus = .running, exit: Int32 = 0, _ change: (inout ContainerSettings) -> Void = { _ in })
    -> ContainerView
{
    var settings = ContainerSettings()
    change(&settings)
    let record = ContainerRecord(name: name, imageName: "busybox", imageID: "ab", layers: [], settings: settings)
    let state = ContainerState(status: status, run: nil, exit: status == .exited ? ExitRecord(exitCode: exit) : nil)
    return ContainerView(record: record, state: state)
}

private func filter(_ conditions: (key: String, value: String)...) throws(ApusError) -> ContainerFilter {
    try ContainerFilter(conditions.map { FilterCondition($0.key, $0.value) }, engine: Engine(root: "/nonexistent/apus"))
}

@Suite("Filters of containers") struct ContainerFilterTests {
    @Test("Names are regular expressions, with and without the slash") func names() throws {
        let web = view("web-1")
        for pattern in ["web", "^web", "^/web", "1$", "w.b", "(web|db)-[0-9]+", ""] { #expect(try filter(("name", pattern)).matches(web), "\(pattern)") }
        for pattern in ["^eb", "db", "^web$"] { #expect(try !filter(("name", pattern)).matches(web), "\(pattern)") }
        #expect(throws: ApusError(.invalidArgument, "invalid regular expression \"a(\": Unmatched ( or \\(")) { _ = try filter(("name", "a(")) }
    }

    @Test("Values of a key are alternatives, keys must all hold") func combination() throws {
        let both = try filter(("status", "paused"), ("status", "exited"), ("name", "web"))
        #expect(both.wantsStopped)
        #expect(both.matches(view("web", .paused)) && both.matches(view("web", .exited)))
        #expect(!both.matches(view("web", .running)) && !both.matches(view("db", .exited)))
        #expect(try filter().matches(view("web")) && !filter(("name", "web")).wantsStopped)
    }

    @Test("Labels by name and by value; all must hold") func labels() throws {
        let labelled = view("web") { $0.labels = ["tier": "front", "empty": ""] }
        #expect(try filter(("label", "tier")).matches(labelled) && filter(("label", "tier=front"), ("label", "empty=")).matches(labelled))
        #expect(try !filter(("label", "tier=back")).matches(labelled) && !filter(("label", "tier"), ("label", "none")).matches(labelled))
    }

    @Test("Exit codes, images, volumes and networks") func others() throws {
        #expect(try filter(("exited", "3")).matches(view("a", .exited, exit: 3)) && !filter(("exited", "0")).matches(view("a", .running)))
        #expect(try filter(("ancestor", "busybox")).matches(view("a")) && !filter(("ancestor", "debian")).matches(view("a")))
        let mounted = view("a") { $0.mounts = [MountSetting(.volume, source: "data", target: "/srv"), MountSetting(.tmpfs, source: "", target: "/run")] }
        #expect(try filter(("volume", "data")).matches(mounted) && filter(("volume", "/srv")).matches(mounted) && !filter(("volume", "/run")).matches(mounted))
        #expect(try filter(("network", "none")).matches(mounted) && !filter(("network", "host")).matches(mounted))
        #expect(try !filter(("status", "dead")).matches(view("a", .exited)))
    }

    @Test(arguments: [
        ("color", "red", "invalid filter 'color'; known are ancestor, before, exited, expose, id, label, name, network, publish, since, status and volume"),
        ("status", "up", "invalid filter 'status=up'; one of created, running, paused, exited"),
        ("exited", "x", "invalid filter 'exited=x'; an exit code is a number"), ("health", "healthy", "the filter 'health' is not supported yet"),
        ("before", "nobody", "no such container: nobody"),
    ])
    func mistakesGetASentence(key: String, value: String, message: String) {
        let error = #expect(throws: ApusError.self) { _ = try filter((key, value)) }
        #expect(error?.description == message)
    }
}
