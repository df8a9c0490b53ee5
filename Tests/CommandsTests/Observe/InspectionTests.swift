import CommandLine
import LinuxSystem
import OCISpec
import Testing

@testable import Commands
@testable import Engine

@Suite("Inspection of containers") struct InspectionTests {
    private static func inspect(_ state: ContainerState, startedAt: String? = nil, _ change: (inout ContainerSettings) -> Void = { _ in }) -> Value {
        var settings = ContainerSettings()
        settings.command = ["sh", "-c", "true"]
        change(&settings)
        var record = ContainerRecord(name: "web", imageName: "busybox", imageID: "ab", layers: ["l2", "l1"], settings: settings)
        record.id = String(repeating: "0123456789abcdef", count: 4)
        record.created = "2026-11-24T19:10:00.000000000Z"
        let view = ContainerView(record: record, state: state, startedAt: startedAt)
        return ContainerInspection(view, paths: EnginePaths(root: "/nonexistent/apus"), layerBase: "/nonexistent/apus/layers/l").value
    }

    private static func format(_ value: Value, _ format: String) throws -> String { String(try inspection([value], format: format).dropLast()) }

    @Test("Docker's members in Docker's order") func members() throws {
        guard case .object(let object) = Self.inspect(ContainerState(status: .created, run: nil, exit: nil)) else { throw ApusError(.system, "no object") }
        #expect(
            object.fields.map(\.name) == [
                "Id", "Created", "Path", "Args", "State", "Image", "ResolvConfPath", "HostnamePath", "HostsPath", "LogPath", "Name", "RestartCount", "Driver",
                "Platform", "MountLabel", "ProcessLabel", "AppArmorProfile", "ExecIDs", "HostConfig", "GraphDriver", "Mounts", "Config", "NetworkSettings",
                "Snapshot",
            ])
    }

    @Test("States") func states() throws {
        let created = Self.inspect(ContainerState(status: .created, run: nil, exit: nil))
        #expect(
            try Self.format(created, "{{json .State}}")
                == #"{"Status":"created","Running":false,"Paused":false,"Restarting":false,"OOMKilled":false,"Dead":false,"Pid":0,"ExitCode":0,"Error":"","StartedAt":"0001-01-01T00:00:00Z","FinishedAt":"0001-01-01T00:00:00Z"}"#
        )
        var exit = ExitRecord(exitCode: 137, oomKilled: true, finishedAt: "2026-11-24T19:11:00.000000000Z")
        exit.startedAt = "2026-11-24T19:10:30.000000000Z"
        let killed = Self.inspect(ContainerState(status: .exited, run: nil, exit: exit))
        #expect(
            try Self.format(killed, "{{.State.Status}} {{.State.ExitCode}} {{.State.OOMKilled}} {{.State.StartedAt}} {{.State.FinishedAt}}")
                == "exited 137 true 2026-11-24T19:10:30.000000000Z 2026-11-24T19:11:00.000000000Z")
        let lost = ExitRecord(exitCode: 137, finishedAt: "0001-01-01T00:00:00Z", error: "lost")
        let left = Self.inspect(ContainerState(status: .exited, run: nil, exit: lost), startedAt: "2026-11-24T19:10:30.000000000Z")
        #expect(
            try Self.format(left, "{{.State.Error}} {{.State.StartedAt}} {{.State.FinishedAt}}") == "lost 2026-11-24T19:10:30.000000000Z 0001-01-01T00:00:00Z")
    }

    @Test("Settings under Docker's names") func settings() throws {
        let value = Self.inspect(ContainerState(status: .created, run: nil, exit: nil)) {
            $0.resources.memory = 64 << 20
            $0.resources.nanoCPUs = 1_500_000_000
            $0.resources.deviceReadBps = [ResourceSettings.DeviceRate(path: "/dev/sda", rate: 1024)]
            $0.ulimits = [POSIXRlimit(type: "RLIMIT_NOFILE", hard: .max, soft: 5)]
            $0.mounts = [
                MountSetting(.bind, source: "/srv", target: "/a", readOnly: true, options: ["rslave"]),
                MountSetting(.volume, source: "data", target: "/b"), MountSetting(.volume, source: "ff", target: "/c", isAnonymous: true),
                MountSetting(.tmpfs, source: "", target: "/d", options: ["size=1m"]),
            ]
            $0.capAdd = ["NET_ADMIN"]
            $0.labels = ["a.b": "c"]
            $0.privileged = true
        }
        #expect(
            try Self.format(value, "{{with .HostConfig}}{{.Memory}} {{.MemorySwap}} {{.NanoCpus}} {{.PidsLimit}} {{.Privileged}}{{end}}")
                == "67108864 134217728 1500000000 <nil> true")
        #expect(try Self.format(value, "{{json .HostConfig.Binds}}{{json .HostConfig.Tmpfs}}") == #"["/srv:/a:rslave,ro","data:/b"]{"/d":"size=1m"}"#)
        #expect(try Self.format(value, "{{json .HostConfig.Ulimits}}") == #"[{"Name":"nofile","Hard":-1,"Soft":5}]"#)
        #expect(try Self.format(value, "{{json .HostConfig.BlkioDeviceReadBps}}{{json .HostConfig.MaskedPaths}}") == #"[{"Path":"/dev/sda","Rate":1024}][]"#)
        #expect(try Self.format(value, #"{{index .Config.Labels "a.b"}} {{json .Config.Volumes}} {{.Config.StopSignal}}"#) == #"c {"/c":{}} SIGTERM"#)
        #expect(
            try Self.format(value, "{{range .Mounts}}{{.Type}}:{{.Destination}}:{{.RW}}:{{.Propagation}} {{end}}")
                == "bind:/a:false:rslave volume:/b:true: volume:/c:true: tmpfs:/d:true: ")
        #expect(try Self.format(value, "{{(index .Mounts 1).Name}} {{(index .Mounts 1).Source}}") == "data /nonexistent/apus/volumes/data/_data")
        #expect(try Self.format(value, "{{.Path}} {{join .Args \",\"}} {{.Name}} {{.Image}}") == "sh -c,true /web sha256:ab")
        #expect(
            try Self.format(value, "{{.GraphDriver.Name}} {{.GraphDriver.Data.LowerDir}}")
                == "overlay /nonexistent/apus/layers/l/l2:/nonexistent/apus/layers/l/l1")
    }
}
