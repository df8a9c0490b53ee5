import CommandLine
import Engine
import ImageStore
import LinuxSystem
import Network

/// A container in the shape of `docker inspect`, so that what reads Docker's JSON reads this.
struct ContainerInspection {
    let view: ContainerView
    let paths: EnginePaths
    let layerBase: String
    let size: ContainerSize?
    /// The snapshot that its state comes from.
    var snapshot: Snapshot?
    /// What it has on networks while it runs.
    var connectivity: Connectivity?

    var record: ContainerRecord { view.record }
    var settings: ContainerSettings { view.record.settings }
    var directory: String { paths.container(view.record.id) }
    /// Where the files of its /etc lie while it runs; they are made anew at each start.
    private var files: String? { view.state.isRunning ? paths.running(view.record.id) : nil }
    /// Process 1 on the host; 0 while nothing runs.
    var pid: Int32 { view.state.run?.pid ?? 0 }

    init(_ view: ContainerView, engine: Engine, size: ContainerSize? = nil) {
        self.init(view, paths: engine.paths, layerBase: engine.images.layerBase, size: size)
        snapshot = try? engine.currentSnapshot(of: view.record)
        connectivity = view.state.isRunning ? engine.connectivity(of: view.record) : nil
    }

    init(_ view: ContainerView, paths: EnginePaths, layerBase: String, size: ContainerSize? = nil) {
        self.view = view
        self.paths = paths
        self.layerBase = layerBase
        self.size = size
    }

    /// The whole object.
    var value: Value {
        var object = Value.Object([
            ("Id", .string(record.id)),
            ("Created", .string(record.created)),
            ("Path", .string(record.arguments.first ?? "")),
            ("Args", .strings(record.arguments.dropFirst())),
            ("State", state),
            ("Image", .string("sha256:\(record.imageID)")),
            ("ResolvConfPath", .string(files.map { "\($0)/resolv.conf" } ?? "")),
            ("HostnamePath", .string(files.map { "\($0)/hostname" } ?? "")),
            ("HostsPath", .string(files.map { "\($0)/hosts" } ?? "")),
            ("LogPath", .string("\(directory)/log")),
            ("Name", .string("/\(record.name)")),
            ("RestartCount", 0),
            ("Driver", "overlay"),
            ("Platform", "linux"),
            ("MountLabel", ""),
            ("ProcessLabel", ""),
            ("AppArmorProfile", ""),
            ("ExecIDs", nil),
            ("HostConfig", hostConfig),
            ("GraphDriver", graphDriver),
            ("Mounts", .array(settings.mounts.map(mount))),
            ("Config", config),
            ("NetworkSettings", networkSettings),
            ("Snapshot", snapshotValue),
        ])
        if let size {
            object["SizeRw"] = .int(size.writable)
            object["SizeRootFs"] = .int(size.total)
        }
        return .object(object)
    }

    private var snapshotValue: Value {
        guard let snapshot else { return nil }
        return .object([
            ("Id", .string(snapshot.record.id)), ("Name", .string(snapshot.name)), ("Container", .string(snapshot.containerName)),
            ("Created", .string(snapshot.record.created)),
        ])
    }

    private static let never = "0001-01-01T00:00:00Z"

    private var state: Value {
        let state = view.state
        return .object([
            ("Status", .string(state.status.rawValue)),
            ("Running", .bool(state.isRunning)),
            ("Paused", .bool(state.status == .paused)),
            ("Restarting", false),
            ("OOMKilled", .bool(state.exit?.oomKilled ?? false)),
            ("Dead", false),
            ("Pid", .int(Int(pid))),
            ("ExitCode", .int(Int(state.exit?.exitCode ?? 0))),
            ("Error", .string(state.exit?.error ?? "")),
            ("StartedAt", .string(view.startedAt?.description ?? Self.never)),
            ("FinishedAt", .string(view.finishedAt?.description ?? Self.never)),
        ])
    }

    /// The merged root is mounted in the container's own mount namespace only: it is seen through process 1.
    private var graphDriver: Value {
        .object([
            (
                "Data",
                .object([
                    ("LowerDir", .string(record.layers.map { "\(layerBase)/\($0)" }.joined(separator: ":"))),
                    ("MergedDir", .string(pid > 0 ? "/proc/\(pid)/root" : "")),
                    ("UpperDir", .string("\(directory)/upper")),
                    ("WorkDir", .string("\(directory)/work")),
                ])
            ),
            ("Name", "overlay"),
        ])
    }

    private func mount(_ mount: MountSetting) -> Value {
        let propagation = mount.options.first { ["private", "rprivate", "shared", "rshared", "slave", "rslave"].contains($0) }
        var object = Value.Object([("Type", .string(mount.kind.rawValue))])
        if mount.kind == .volume { object["Name"] = .string(mount.source) }
        object["Source"] = .string(mount.kind == .volume ? "\(paths.volumes)/\(mount.source)/_data" : mount.source)
        object["Destination"] = .string(mount.target)
        if mount.kind == .volume { object["Driver"] = "local" }
        object["Mode"] = .string(mount.options.filter { $0 != propagation }.joined(separator: ","))
        object["RW"] = .bool(!mount.readOnly)
        object["Propagation"] = .string(propagation ?? (mount.kind == .bind ? "rprivate" : ""))
        return .object(object)
    }

    private var config: Value {
        var object = Value.Object([
            ("Hostname", .string(settings.network == "host" && settings.hostname == nil ? "" : record.hostname)),
            ("Domainname", .string(settings.domainname ?? "")),
            ("User", .string(settings.user)),
            ("Tty", .bool(settings.tty)),
            ("OpenStdin", .bool(settings.openStdin)),
            ("StdinOnce", .bool(settings.stdinOnce)),
            ("Env", .strings(settings.env)),
            ("Cmd", settings.command.isEmpty ? nil : .strings(settings.command)),
            ("Image", .string(record.imageName)),
            ("Volumes", volumes),
            ("WorkingDir", .string(settings.workingDirectory)),
            ("Entrypoint", settings.entrypoint.isEmpty ? nil : .strings(settings.entrypoint)),
            ("OnBuild", nil),
            ("Labels", .map(settings.labels)),
            ("StopSignal", .string(settings.stopSignal ?? "SIGTERM")),
            ("StopTimeout", settings.stopTimeout.map { .int($0) } ?? nil),
        ])
        if let exposedPorts { object["ExposedPorts"] = exposedPorts }
        return .object(object)
    }

    /// Volumes without a name of the user's, by target.
    private var volumes: Value {
        let targets = settings.mounts.filter(\.isAnonymous).map(\.target)
        return targets.isEmpty ? nil : .object(Value.Object(targets.map { ($0, .object([])) }, isMap: true))
    }
}
